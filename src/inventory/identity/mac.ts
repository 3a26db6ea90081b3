/** What a MAC address is worth as a mark of a host: IEEE 802-2014, section 8.2 (U/L and I/G bits). */

/**
 * `card`: given by a maker. `steady`: given by a hypervisor, which keeps it. `random`: made up by the host, which may make
 * up another at any time. `shared`: several hosts answer with it, or none.
 */
export type CardKind = 'card' | 'steady' | 'random' | 'shared';

/** Addresses that several routers or servers share, and move between them. */
const SHARED = [
  '00:00:5e:00:01', // VRRP and CARP over IPv4 (RFC 9568)
  '00:00:5e:00:02', // the same over IPv6
  '00:00:0c:07:ac', // HSRP, version 1
  '00:00:0c:9f:f', // HSRP, version 2
  '00:05:73:a0', // HSRP over IPv6
  '02:01', // NLB, unicast, one host of the cluster
  '02:bf', // NLB, unicast
];

/** Prefixes whose U/L bit says "made up", although a hypervisor keeps them for the life of a machine. */
const HYPERVISORS = ['52:54:00', '02:42']; // QEMU and KVM; Docker

/** Six bytes in lower case with colons; undefined when it is none. */
export function normalMac(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return digits.length === 12 ? (digits.match(/../g) ?? []).join(':') : undefined;
}

export function cardKind(mac: string): CardKind {
  const first = Number.parseInt(mac.slice(0, 2), 16);
  if (Number.isNaN(first) || (first & 1) === 1 || /^(00:){5}00$/.test(mac)) return 'shared';
  if (SHARED.some((prefix) => mac.startsWith(prefix))) return 'shared';
  if ((first & 2) === 0) return 'card';
  return HYPERVISORS.some((prefix) => mac.startsWith(prefix)) ? 'steady' : 'random';
}
