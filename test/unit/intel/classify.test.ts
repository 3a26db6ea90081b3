import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, parseNetwork } from '../../../src/core/address.ts';
import { IPV4_SPECIAL, IPV6_SPECIAL } from '../../../src/core/special-ranges.ts';
import { classify, isPrivate } from '../../../src/intel/classify.ts';

describe('what an address is', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'shared_cgnat'],
    ['100.128.0.0', 'public'],
    ['127.0.0.1', 'loopback'],
    ['169.254.169.254', 'link_local'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'this_network'],
    ['192.0.0.9', 'pcp_anycast'],
    ['192.0.0.11', 'ietf_protocol'],
    ['192.0.2.1', 'documentation'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['198.19.255.255', 'benchmarking'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['2606:4700::1111', 'public'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::8.8.8.8', 'ipv4_compatible'],
    ['100::1', 'discard_only'],
    ['2001:2::1', 'benchmarking'],
    ['2001:db8::1', 'documentation'],
    ['3fff:fff:ffff::1', 'documentation'],
    ['3fff:1000::', 'public'],
    ['5f00::1', 'srv6_sid'],
    ['fd00::1', 'unique_local'],
    ['fe80::1', 'link_local'],
    ['fec0::1', 'site_local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'reserved'],
  ])('%s is %s', (ip, kind) => {
    expect(classify(ip).kind).toBe(kind);
  });

  it.each([
    ['::ffff:8.8.8.8', 'ipv4_mapped', '8.8.8.8'],
    ['::ffff:a00:1', 'ipv4_mapped', '10.0.0.1'],
    ['64:ff9b::808:808', 'nat64', '8.8.8.8'],
    ['2002:808:808::1', '6to4', '8.8.8.8'],
    // The example of RFC 4380, section 4: client 192.0.2.45 behind port 40000.
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'teredo', '192.0.2.45'],
    ['2a00::200:5efe:808:808', 'isatap', '8.8.8.8'],
  ])('%s holds an IPv4 address by %s', (ip, kind, ipv4) => {
    expect(classify(ip).embedded).toEqual({ ipv4, kind });
  });

  it('writes addresses in their canonical form', () => {
    expect(classify('2001:DB8:0:0:0:0:0:1').ip).toBe('2001:db8::1');
    expect(classify('::ffff:808:808').ip).toBe('::ffff:8.8.8.8');
  });

  it('tells apart what organisations hand out for themselves', () => {
    expect(['10.0.0.1', 'fd00::1', '100.64.0.1', '169.254.0.1'].map((ip) => isPrivate(classify(ip)))).toEqual(
      [true, true, false, false],
    );
  });

  it.each([
    '',
    '010.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4/32',
    'fe80::1%eth0',
    'example.com',
    '1.2.3.4\n',
    '１.2.3.4',
    ':::1',
  ])('%j is no address', (text) => {
    expect(() => classify(text)).toThrow(expect.objectContaining({ code: 'invalid_ip' }));
  });

  const blocks = [...IPV4_SPECIAL, ...IPV6_SPECIAL];

  it('names at least the blocks of the two IANA registries', () => {
    // IPv4: 26 rows as of 2026-10 (the two NAT64/DNS64 discovery addresses count apart), IPv6: 24.
    expect(IPV4_SPECIAL.length).toBeGreaterThanOrEqual(26);
    expect(IPV6_SPECIAL.length).toBeGreaterThanOrEqual(24);
    expect(new Set(blocks.map(({ block }) => block)).size).toBe(blocks.length);
    for (const { source } of blocks) expect(source).toMatch(/^RFC \d+(, RFC \d+)*$/);
  });

  it('never calls an address of a special-purpose block public', () => {
    fc.assert(
      fc.property(fc.constantFrom(...blocks), fc.bigInt(0n, 2n ** 128n - 1n), ({ block }, offset) => {
        const span = parseNetwork(block);
        if (!span) throw new Error(`${block} is not a network`);
        const value = span.first + (offset % (span.last - span.first + 1n));
        expect(classify(formatAddress({ family: span.family, value })).kind).not.toBe('public');
      }),
    );
  });

  it('names the first and the last address of each block by it, unless a smaller block holds them', () => {
    for (const { block, kind } of blocks) {
      const span = parseNetwork(block);
      if (!span) throw new Error(`${block} is not a network`);
      for (const value of [span.first, span.last]) {
        const found = classify(formatAddress({ family: span.family, value }));
        const prefix = (text = '') => Number(text.split('/')[1]);
        if (found.range?.block === block) expect(found.kind).toBe(kind);
        else expect(prefix(found.range?.block)).toBeGreaterThan(prefix(block));
      }
    }
  });
});
