/** Thousands of changes at once: as many messages as the rule allows, whatever there is to tell. */
import { expect, it } from 'vitest';
import { flood } from '../../alerts/flood.ts';

it('makes few messages of two thousand changes, and keeps little of them', async () => {
  const { events, messages, left, megabytes, title } = await flood({ hosts: 100, ports: 20, most: 2 });
  expect({ events, left }).toEqual({ events: 2000, left: 0 });
  expect(messages).toBeGreaterThan(0);
  expect(messages).toBeLessThanOrEqual(2);
  expect(title).toMatch(/^\d+ changes: \d+ new/);
  // Nothing collects garbage for us here; the script (--expose-gc) is stricter: 5 MB for 10,000.
  expect(megabytes).toBeLessThan(150);
});
