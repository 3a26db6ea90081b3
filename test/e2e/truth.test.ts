/** No claim of an answer says more than was sent and answered, on random networks; `npm run test:truth -- 1 200` tries more. */
import { expect, test } from 'vitest';
import { tryNetwork } from '../truth/attempt.ts';

// Of every tool, strategy and family, with and without raw sockets, and those on which an answer once said too much.
test.each([1, 2, 4, 5, 7, 9, 18, 27, 30, 34, 46, 54])('seed %i', async (seed) => {
  const { wrong } = await tryNetwork(seed);
  expect(wrong).toEqual([]);
});
