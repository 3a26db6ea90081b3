/**
 * Two hundred days of a mixed office (test/inventory/office), scanned once a day: what Portolan tells that did not happen,
 * and what Debian's ndiff tells of the same reports, day against day. Twice: as an administrator would set it up, and where
 * we are worst, through routers, with nothing described and five times the loss.
 *
 *   node bench/inventory-days.bench.ts [--days 200] [--seed 17] [--list] [usual|hard …]
 */
import { parseArgs } from 'node:util';
import { compare } from '../test/inventory/office/compare.ts';
import type { Tally } from '../test/inventory/office/tally.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    days: { type: 'string', default: '200' },
    seed: { type: 'string', default: '17' },
    list: { type: 'boolean', default: false },
  },
});
const OFFICES = [
  { name: 'usual', described: true, routed: false, loss: 1 },
  { name: 'hard', described: false, routed: true, loss: 5 },
].filter(({ name }) => positionals.length === 0 || positionals.includes(name));

for (const { name, ...office } of OFFICES) {
  const started = performance.now();
  const { ours, theirs, unread } = await compare({
    ...office,
    seed: Number(values.seed),
    days: Number(values.days),
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${name}: ${ours.hostDays} host-days, ${ours.due.length} true events, ${seconds} s; ndiff could not read ${unread} reports`,
  );
  for (const [who, one] of [
    ['Portolan', ours],
    ['ndiff', theirs],
  ] as const)
    console.log(`  ${who}: ${lineOf(one)}`);
  if (values.list) {
    for (const one of ours.false) console.log(`    false${one.info ? ', info' : ''}: ${one.text}`);
    for (const one of ours.missed) console.log(`    missed: ${JSON.stringify(one)}`);
  }
}

function lineOf({ told, false: wrong, missed, due, hostDays }: Tally): string {
  const rate = (count: number) => ((count / hostDays) * 1000).toFixed(2);
  const loud = wrong.filter(({ info }) => !info).length;
  return `${told} told; false ${loud} (${rate(loud)} in 1,000 host-days), with information ${wrong.length} (${rate(wrong.length)}); missed ${missed.length} of ${due.length}`;
}
