/**
 * Random labs, each scanned plain and adaptive: the adaptive scan must miss no open port that the plain one finds.
 * `node bench/strategy-fidelity.ts [--labs 50] [--seed N] [--most-ports 6000] [--json FILE]` (root, nmap, nftables).
 * Ends with status 1 when a port was missed or a scan failed; the seed printed with it makes that lab again.
 */
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLab } from '../test/lab/lab.ts';
import { randomLab } from './strategy-random-lab.ts';
import { missing, openPorts, otherStates, scanIn } from './strategy-scan.ts';

const { values } = parseArgs({
  options: {
    labs: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    'most-ports': { type: 'string', default: '6000' },
    json: { type: 'string' },
  },
});

let missedInAll = 0;
let plainMissed = 0;
let found = 0;
let failures = 0;
/** Ports that are in another state than plain says, by the counts of the states; without what is not told apart. */
let otherwise = 0;
let compared = 0;
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.labs); seed += 1) {
  const { hosts, ports } = randomLab(seed, Number(values['most-ports']));
  const lab = await startLab(hosts);
  try {
    const command = `-T4 -n -p 1-${ports} 10.9.2.${10}-${9 + hosts.length}`;
    const plain = await scanIn(lab, { command, strategy: 'plain' });
    const adaptive = await scanIn(lab, { command, strategy: 'adaptive' });
    const [expected, got] = [openPorts(plain), openPorts(adaptive)];
    const missed = missing(expected, got);
    missedInAll += missed.length;
    plainMissed += missing(got, expected).length;
    found += expected.size;
    const states = hosts.map(({ address }) => {
      const [said, also] = [otherStates(plain, address), otherStates(adaptive, address)];
      const untold = also.get('closed|filtered') ?? 0;
      const differing = [...new Set([...said.keys(), ...also.keys()])]
        .filter((state) => state !== 'closed|filtered')
        .reduce((sum, state) => sum + Math.abs((said.get(state) ?? 0) - (also.get(state) ?? 0)), 0);
      const open = [...expected].filter((one) => one.startsWith(`${address} `)).length;
      compared += ports - open - untold;
      // A port in another state counts twice above; one that is not told apart is missed in plain's count.
      return Math.max(0, (differing - untold) / 2);
    });
    const moved = states.reduce((sum, count) => sum + count, 0);
    otherwise += moved;
    const kinds = hosts.map(
      ({ firewall, resetsPerSecond, synsPerSecond, delayMs, lossPercent, tcp }) =>
        `${firewall ?? (resetsPerSecond ? `RST ${resetsPerSecond}/s` : synsPerSecond ? `SYN ${synsPerSecond}/s` : 'answers')} ${delayMs} ms ${lossPercent} % ${Object.keys(tcp ?? {}).length} open`,
    );
    console.log(
      `seed ${seed}: ${ports} ports of ${kinds.join('; ')}: plain ${expected.size} in ${plain.seconds.toFixed(1)} s, ` +
        `adaptive ${got.size} in ${adaptive.seconds.toFixed(1)} s${moved > 0 ? `, ${moved} other ports in another state` : ''}${missed.length > 0 ? ` MISSED ${missed.join(', ')}` : ''}`,
    );
    if (values.json) {
      const line = {
        seed,
        ports,
        hosts,
        plain: expected.size,
        adaptive: got.size,
        missed,
        seconds: [plain.seconds, adaptive.seconds],
      };
      appendFileSync(values.json, `${JSON.stringify(line)}\n`);
    }
  } catch (error) {
    failures += 1;
    console.log(`seed ${seed}: FAILED ${error instanceof Error ? error.message : error}`);
  } finally {
    await lab.stop();
  }
}
console.log(
  `${values.labs} labs from seed ${first}: of ${found} open ports that plain found, adaptive missed ${missedInAll}; ` +
    `of those adaptive found, plain missed ${plainMissed}; ${failures} scans failed; ` +
    `of ${compared} other ports that adaptive tells apart, ${otherwise} are in another state than plain says.`,
);
process.exitCode = missedInAll + failures > 0 ? 1 : 0;
