/** Addresses by the dozen, the same at every run, so that tables, rules and programs speak of the same hosts. */

/** Numbers from 0 to 1 that look drawn and are the same for the same seed (mulberry32, public domain). */
export function draw(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** The address `n` behind an IPv4 or IPv6 address; IPv6 counts in its last group. */
function behind(address: string, n: number): string {
  if (address.includes(':')) {
    const cut = address.lastIndexOf(':') + 1;
    return address.slice(0, cut) + (Number.parseInt(address.slice(cut) || '0', 16) + n).toString(16);
  }
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/**
 * Hosts by a short name: `10.30.0.1+25` are 25 addresses in a row, `wide:7:200` are 200 scattered over the public
 * IPv4 space by seed 7, `wide6:7:20` the same in IPv6; a comma joins several.
 */
export function hosts(spec: string): string[] {
  return spec.split(',').flatMap((part) => {
    const [kind = '', seed = '0', count = '0'] = part.split(':');
    if (kind === 'wide' || kind === 'wide6') {
      const next = draw(Number(seed));
      const byte = () => 1 + Math.floor(next() * 253);
      const hex = () => (1 + Math.floor(next() * 65_534)).toString(16);
      // 20-99 as the first byte: public, nowhere near a network of the laboratory.
      const v4 = () => `${20 + Math.floor(next() * 79)}.${byte()}.${byte()}.${byte()}`;
      const v6 = () =>
        `2${(Math.floor(next() * 4095) + 16).toString(16).padStart(3, '0')}:${hex()}:${hex()}::${hex()}`;
      return Array.from({ length: Number(count) }, kind === 'wide' ? v4 : v6);
    }
    const [first = '', times = '1'] = part.split('+');
    return Array.from({ length: Number(times) }, (_, n) => behind(first, n));
  });
}
