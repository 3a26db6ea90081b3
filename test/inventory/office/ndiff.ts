/** What ndiff (Debian's, of nmap) tells of two reports. */
import { spawnSync } from 'node:child_process';
import { SaxesParser } from 'saxes';

/** One difference that ndiff reports. */
export interface Difference {
  address: string;
  /** `host`: it came or went. `tcp/80`: that port, whatever of it. Otherwise what of the host: `hostname`, `address`, `os`. */
  of: string;
  /** Only in the first report, only in the second, or other in both. */
  in: 'before' | 'after' | 'both';
}

/** Each port is counted once, whatever of it differs; sums of ports that are not shown are not counted. @throws Error where ndiff cannot read them */
export function ndiff(before: string, after: string): Difference[] {
  const { stdout, stderr, status, error } = spawnSync('ndiff', ['--xml', before, after], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (error) throw error;
  // 0: the same, 1: they differ (ndiff(1)).
  if (status !== 0 && status !== 1) throw new Error(stderr.slice(-300));
  return differencesOf(stdout);
}

function differencesOf(xml: string): Difference[] {
  const found: Difference[] = [];
  const parser = new SaxesParser();
  const path: string[] = [];
  let host: { address: string; ofs: Map<string, Difference['in']> } = { address: '', ofs: new Map() };
  const note = (of: string) => {
    const sides = path.filter((name) => name === 'a' || name === 'b');
    const side = sides[0] === 'a' ? 'before' : sides[0] === 'b' ? 'after' : 'both';
    const there = host.ofs.get(of);
    host.ofs.set(of, there === undefined || there === side ? side : 'both');
  };
  parser.on('opentag', ({ name, attributes }) => {
    const within = path.join('/');
    path.push(name);
    if (name === 'hostdiff') host = { address: '', ofs: new Map() };
    if (name === 'address' && attributes['addrtype'] === 'ipv4' && host.address === '')
      host.address = attributes['addr'] ?? '';
    // A host that is in one of them only: what it has rides along.
    const alone = /hostdiff\/[ab]$/.test(within);
    if (name === 'host' && alone) note('host');
    if (/hostdiff\/[ab]\/host/.test(within)) return;
    if (name === 'status' && /host\/[ab]$/.test(within)) note('host');
    if (name === 'address' && /host\/[ab]$/.test(within)) note('address');
    if (name === 'hostname' && /\/[ab]$/.test(within)) note('hostname');
    if (name === 'osmatch' && /\/[ab]$/.test(within)) note('os');
    if (name === 'port' && within.includes('portdiff'))
      note(`${attributes['protocol']}/${attributes['portid']}`);
  });
  parser.on('closetag', ({ name }) => {
    path.pop();
    if (name === 'hostdiff')
      for (const [of, where] of host.ofs) found.push({ address: host.address, of, in: where });
  });
  parser.write(xml).close();
  return found;
}
