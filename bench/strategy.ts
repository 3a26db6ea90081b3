/**
 * Adaptive scans against plain ones, side by side in the namespace lab (root, nmap, nftables): `node bench/strategy.ts
 * [--pairs 3] [--json FILE] [names of cases, or words of one]`. Ends with status 1 when a case is slower than promised or an
 * open port or identification differs from the plain scan's.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLab } from '../test/lab/lab.ts';
import { CASES, type Case } from './strategy-cases.ts';
import { identifications, missing, openPorts, type Scanned, scanIn } from './strategy-scan.ts';

const { values, positionals } = parseArgs({
  options: { pairs: { type: 'string', default: '3' }, json: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
});
const exact = CASES.filter(({ name }) => positionals.includes(name));
const chosen =
  exact.length > 0 ? exact : CASES.filter(({ name }) => positionals.every((word) => name.includes(word)));

let failed = false;
for (const one of chosen) {
  const lab = await startLab(one.hosts);
  try {
    await compare(one, (strategy) => scanIn(lab, { ...one, strategy }));
  } finally {
    await lab.stop();
  }
}
process.exitCode = failed ? 1 : 0;

async function compare(one: Case, scan: (strategy: 'plain' | 'adaptive') => Promise<Scanned>): Promise<void> {
  console.log(`\n${one.name} (nmap ${one.command})`);
  const pairs: { plain: number; adaptive: number }[] = [];
  let missed = 0;
  let differing = 0;
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    // By turns: whoever comes second finds a warm machine.
    const first = pair % 2 === 0 && !values.only ? await scan('plain') : undefined;
    const adaptive = await scan('adaptive');
    const plain = first ?? (values.only ? adaptive : await scan('plain'));
    pairs.push({ plain: plain.seconds, adaptive: adaptive.seconds });
    const lost = missing(openPorts(plain), openPorts(adaptive));
    const [expected, got] = [identifications(plain), identifications(adaptive)];
    const other = [...expected].filter(([port, found]) => got.has(port) && got.get(port) !== found);
    missed += lost.length;
    differing += other.length;
    console.log(
      `  plain ${plain.seconds.toFixed(1)} s, adaptive ${adaptive.seconds.toFixed(1)} s, ` +
        `open ${openPorts(plain).size}/${openPorts(adaptive).size}, missed ${lost.length}, identified otherwise ${other.length}`,
    );
    for (const [port, found] of other.slice(0, 5)) console.log(`    ${port}: ${found} -> ${got.get(port)}`);
    if (lost.length > 0) console.log(`    missed: ${lost.slice(0, 10).join(', ')}`);
    for (const note of adaptive.notes) {
      if (note.kind === 'strategy') console.log(`    ${note.message} ${(note.hosts ?? []).length} hosts`);
    }
  }
  const ratio = median(pairs.map(({ plain, adaptive }) => plain / adaptive));
  const met = ratio >= one.atLeast && missed === 0 && (differing === 0 || one.servicesVary === true);
  failed ||= !met;
  console.log(
    `  ${met ? 'met' : 'NOT MET'}: ${ratio.toFixed(1)} times (at least ${one.atLeast.toFixed(1)}), plain ` +
      `${median(pairs.map(({ plain }) => plain)).toFixed(1)} s, adaptive ${median(pairs.map(({ adaptive }) => adaptive)).toFixed(1)} s`,
  );
  if (values.json)
    appendFileSync(
      values.json,
      `${JSON.stringify({ ...one, hosts: undefined, pairs, ratio, missed, differing })}\n`,
    );
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] =
    sorted.length % 2 === 0 ? [sorted[middle - 1], sorted[middle]] : [sorted[middle], sorted[middle]];
  return (low + high) / 2;
}
