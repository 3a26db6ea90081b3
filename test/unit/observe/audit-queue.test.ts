import { expect, it } from 'vitest';
import { AuditQueue } from '../../../src/observe/audit-queue.ts';
import { prepare } from '../../../src/observe/audit-record.ts';

const AT = '2026-11-29T00:00:00.000Z';
const record = (n: number) => prepare({ kind: 'call', fields: { n, text: 'x'.repeat(10_000) } }, AT);

it('is written in slices of a quarter of a MiB, in order, whatever waits', () => {
  const queue = new AuditQueue();
  for (let n = 0; n < 600; n += 1) queue.add(record(n), AT);
  const seen: string[] = [];
  while (!queue.isEmpty) {
    const slice = queue.slice();
    expect(slice.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(262_144);
    expect(slice.length).toBeGreaterThan(0);
    for (const { members } of slice) seen.push(members.find(([name]) => name === 'n')?.[1] ?? '');
    queue.drop(slice);
  }
  expect(seen).toEqual(Array.from({ length: 600 }, (_, n) => `"n":${n}`));
});
