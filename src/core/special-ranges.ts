/**
 * Every block of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, kept current by IANA; here as of
 * 2026-10), with the multicast blocks and the parts of IPv6 that were never assigned, which other registries name.
 * The most specific block that holds an address names it.
 */

export interface SpecialRange {
  block: string;
  /** Our word for it; several blocks may share one. */
  kind: string;
  /** The registry's own name. */
  name: string;
  source: string;
}

const row = (block: string, kind: string, name: string, source: string): SpecialRange => ({
  block,
  kind,
  name,
  source,
});

export const IPV4_SPECIAL: readonly SpecialRange[] = [
  row('0.0.0.0/8', 'this_network', 'This network', 'RFC 791'),
  row('0.0.0.0/32', 'unspecified', 'This host on this network', 'RFC 1122'),
  row('10.0.0.0/8', 'private', 'Private-Use', 'RFC 1918'),
  row('100.64.0.0/10', 'shared_cgnat', 'Shared Address Space', 'RFC 6598'),
  row('127.0.0.0/8', 'loopback', 'Loopback', 'RFC 1122'),
  row('169.254.0.0/16', 'link_local', 'Link Local', 'RFC 3927'),
  row('172.16.0.0/12', 'private', 'Private-Use', 'RFC 1918'),
  row('192.0.0.0/24', 'ietf_protocol', 'IETF Protocol Assignments', 'RFC 6890'),
  row('192.0.0.0/29', 'service_continuity', 'IPv4 Service Continuity Prefix', 'RFC 7335'),
  row('192.0.0.8/32', 'dummy', 'IPv4 dummy address', 'RFC 7600'),
  row('192.0.0.9/32', 'pcp_anycast', 'Port Control Protocol Anycast', 'RFC 7723'),
  row('192.0.0.10/32', 'turn_anycast', 'Traversal Using Relays around NAT Anycast', 'RFC 8155'),
  row('192.0.0.170/32', 'nat64_discovery', 'NAT64/DNS64 Discovery', 'RFC 7050, RFC 8880'),
  row('192.0.0.171/32', 'nat64_discovery', 'NAT64/DNS64 Discovery', 'RFC 7050, RFC 8880'),
  row('192.0.2.0/24', 'documentation', 'Documentation (TEST-NET-1)', 'RFC 5737'),
  row('192.31.196.0/24', 'as112', 'AS112-v4', 'RFC 7535'),
  row('192.52.193.0/24', 'amt', 'Automatic Multicast Tunneling', 'RFC 7450'),
  row('192.88.99.0/24', '6to4_relay', 'Deprecated (6to4 Relay Anycast)', 'RFC 7526'),
  row('192.88.99.2/32', '6a44_relay', '6a44-relay anycast address', 'RFC 6751'),
  row('192.168.0.0/16', 'private', 'Private-Use', 'RFC 1918'),
  row('192.175.48.0/24', 'as112', 'Direct Delegation AS112 Service', 'RFC 7534'),
  row('198.18.0.0/15', 'benchmarking', 'Benchmarking', 'RFC 2544'),
  row('198.51.100.0/24', 'documentation', 'Documentation (TEST-NET-2)', 'RFC 5737'),
  row('203.0.113.0/24', 'documentation', 'Documentation (TEST-NET-3)', 'RFC 5737'),
  row('224.0.0.0/4', 'multicast', 'Multicast', 'RFC 5771'),
  row('240.0.0.0/4', 'reserved', 'Reserved for future use', 'RFC 1112'),
  row('255.255.255.255/32', 'broadcast', 'Limited Broadcast', 'RFC 919, RFC 8190'),
];

export const IPV6_SPECIAL: readonly SpecialRange[] = [
  // Only 2000::/3 has been opened for global unicast (RFC 4291, IANA IPv6 Address Space): the rest is nobody's.
  row('::/3', 'reserved', 'Reserved by IETF', 'RFC 4291'),
  row('4000::/2', 'reserved', 'Reserved by IETF', 'RFC 4291'),
  row('8000::/1', 'reserved', 'Reserved by IETF', 'RFC 4291'),
  row('::/96', 'ipv4_compatible', 'IPv4-compatible (deprecated)', 'RFC 4291'),
  row('::/128', 'unspecified', 'Unspecified Address', 'RFC 4291'),
  row('::1/128', 'loopback', 'Loopback Address', 'RFC 4291'),
  row('::ffff:0:0/96', 'ipv4_mapped', 'IPv4-mapped Address', 'RFC 4291'),
  row('64:ff9b::/96', 'nat64', 'IPv4-IPv6 Translation', 'RFC 6052'),
  row('64:ff9b:1::/48', 'nat64_local', 'IPv4-IPv6 Translation (local use)', 'RFC 8215'),
  row('100::/64', 'discard_only', 'Discard-Only Address Block', 'RFC 6666'),
  row('100:0:0:1::/64', 'dummy', 'Dummy IPv6 Prefix', 'RFC 9780'),
  row('2001::/23', 'ietf_protocol', 'IETF Protocol Assignments', 'RFC 2928'),
  row('2001::/32', 'teredo', 'TEREDO', 'RFC 4380, RFC 8190'),
  row('2001:1::1/128', 'pcp_anycast', 'Port Control Protocol Anycast', 'RFC 7723'),
  row('2001:1::2/128', 'turn_anycast', 'Traversal Using Relays around NAT Anycast', 'RFC 8155'),
  row('2001:1::3/128', 'srp_anycast', 'DNS-SD Service Registration Protocol Anycast', 'RFC 9665'),
  row('2001:2::/48', 'benchmarking', 'Benchmarking', 'RFC 5180'),
  row('2001:3::/32', 'amt', 'Automatic Multicast Tunneling', 'RFC 7450'),
  row('2001:4:112::/48', 'as112', 'AS112-v6', 'RFC 7535'),
  row('2001:10::/28', 'orchid', 'Deprecated (ORCHID)', 'RFC 4843'),
  row('2001:20::/28', 'orchid', 'ORCHIDv2', 'RFC 7343'),
  row('2001:30::/28', 'drone_remote_id', 'Drone Remote ID Protocol Entity Tags', 'RFC 9374'),
  row('2001:db8::/32', 'documentation', 'Documentation', 'RFC 3849'),
  row('2002::/16', '6to4', '6to4', 'RFC 3056'),
  row('2620:4f:8000::/48', 'as112', 'Direct Delegation AS112 Service', 'RFC 7534'),
  row('3fff::/20', 'documentation', 'Documentation', 'RFC 9637'),
  row('5f00::/16', 'srv6_sid', 'Segment Routing (SRv6) SIDs', 'RFC 9602'),
  row('fc00::/7', 'unique_local', 'Unique-Local', 'RFC 4193'),
  row('fe80::/10', 'link_local', 'Link-Local Unicast', 'RFC 4291'),
  row('fec0::/10', 'site_local', 'Site-Local (deprecated)', 'RFC 3879'),
  row('ff00::/8', 'multicast', 'Multicast', 'RFC 4291'),
];

/** The blocks of these kinds, in the order of the registries. */
export function blocksOf(ranges: readonly SpecialRange[], ...kinds: readonly string[]): string[] {
  return ranges.filter(({ kind }) => kinds.includes(kind)).map(({ block }) => block);
}
