/** Four weeks of the office whose two hundred days `npm run bench:days` lives through. */
import { expect, it } from 'vitest';
import { compare } from '../../inventory/office/compare.ts';
import { liveThrough } from '../../inventory/office/office.ts';

const DAYS = 26;

it('is the same office for the same seed, and another for another', () => {
  const [one, again, other] = [17, 17, 18].map((seed) => liveThrough({ seed, days: DAYS }));
  expect(again).toEqual(one);
  expect(other?.happened).not.toEqual(one?.happened);
});

it('tells what happened, and next to nothing else; ndiff tells a hundred times as much that did not', async () => {
  const { ours, theirs } = await compare({ seed: 17, days: DAYS, described: true, routed: false });
  const loud = ours.false.filter(({ info }) => !info);
  // On the sixteenth day everything is patched.
  expect(ours.due.length).toBeGreaterThan(30);
  // A laptop had a port open for six days, in which it was met once, by a scan that did not ask for it.
  expect(ours.missed.length).toBeLessThanOrEqual(2);
  expect(loud.length).toBeLessThanOrEqual(3);
  expect(theirs.false.length).toBeGreaterThan(100 * loud.length);
}, 240_000);
