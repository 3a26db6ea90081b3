/** A small part of `npm run fuzz`, always the same. */
import { expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';

it('damaged captures are read or refused, and nothing else', { timeout: 120_000 }, async () => {
  const result = await fuzz(3000, 20_261_120);
  expect(result.read + result.refused).toBe(3000);
  expect(result.read).toBeGreaterThan(500);
  expect(result.refused).toBeGreaterThan(100);
});
