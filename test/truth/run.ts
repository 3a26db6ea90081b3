/**
 * Many random networks, one after another: `npm run test:truth -- 1 200` tries seeds 1 to 200, and `npm run test:truth --
 * 17` that one again, with what was said. Needs root, nft and nmap. Ends with 1 when an answer said more than was seen.
 */
import { setup } from '../build.ts';
import { tryNetwork } from './attempt.ts';

setup();

const [first = 1, last = first] = process.argv.slice(2).map(Number);
let failed = 0;
for (let seed = first; seed <= last; seed += 1) {
  const startedAt = performance.now();
  const { network, said, wrong } = await tryNetwork(seed);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const { tool, args } = network.call;
  console.log(
    `seed ${seed}: ${wrong.length === 0 ? 'true' : 'FALSE'} (${seconds} s) ${tool} ${JSON.stringify(args)}`,
  );
  for (const claim of wrong.slice(0, 8)) console.log(`  ${claim}`);
  if (wrong.length > 0) failed += 1;
  if (first === last) console.dir({ network, said }, { depth: 9, maxArrayLength: 40 });
}
console.log(
  `${last - first + 1 - failed} of ${last - first + 1} networks: no claim beyond what was sent and answered`,
);
process.exitCode = failed === 0 ? 0 : 1;
