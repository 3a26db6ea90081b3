import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPorts, PortRanges } from '../../../src/core/port-set.ts';

test('ports in any order, some twice, and whole ranges become ranges that do not touch', () => {
  expect(formatPorts([])).toBe('');
  expect(formatPorts([443, 22, 80, 22, 81])).toBe('22,80-81,443');
  expect(formatPorts([65_535, 0])).toBe('0,65535');
  const range = fc.tuple(fc.nat(300), fc.nat(40));
  fc.assert(
    fc.property(fc.array(range), (some) => {
      const ranges = new PortRanges();
      const ports = new Set<number>();
      for (const [first, more] of some) {
        ranges.add(first, first + more);
        for (let port = first; port <= first + more; port++) ports.add(port);
      }
      const told = ranges.toString();
      const pieces = told === '' ? [] : told.split(',').map((piece) => piece.split('-').map(Number));
      const said = pieces.flatMap(([first = 0, last = first]) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      );
      expect(said).toEqual([...ports].sort((a, b) => a - b));
      expect(pieces.slice(1).every(([first = 0], i) => first > (pieces[i]?.at(-1) ?? 0) + 1)).toBe(true);
      expect(formatPorts([...ports])).toBe(told);
    }),
  );
});
