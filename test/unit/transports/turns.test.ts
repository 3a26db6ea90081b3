import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../../src/transports/http/turns.ts';

/** Asks for turns, all at once, and tells in which order and in which turn of the event loop they came. */
async function orderOf(callers: readonly string[]): Promise<string[]> {
  const turns = new Turns();
  const begun: string[] = [];
  let turn = 0;
  const asked = callers.map(async (caller) => {
    await turns.take(caller);
    begun.push(`${turn} ${caller}`);
  });
  while (begun.length < callers.length && turn < 20) {
    await nextTurn();
    turn += 1;
  }
  await Promise.all(asked);
  return begun;
}

test('one request begins in a turn of the event loop, and whoever asks last does not wait for all of another', async () => {
  const begun = await orderOf(['many', 'many', 'many', 'many', 'one']);
  expect(begun.map((line) => line.split(' ')[1])).toEqual(['many', 'many', 'one', 'many', 'many']);
  // The second may still come in the turn in which the first had asked.
  expect(new Set(begun.map((line) => line.split(' ')[0])).size).toBeGreaterThanOrEqual(4);
});

test('a request that comes alone begins at once', async () => {
  const turns = new Turns();
  expect(turns.take('one')).toBeUndefined();
  expect(turns.take('one')).toBeInstanceOf(Promise);
  await nextTurn();
  await nextTurn();
  await nextTurn();
  expect(turns.take('one')).toBeUndefined();
});
