/** Lists that do not move under the reader while what they tell goes on. */
import { useState } from 'react';

/**
 * Rows in the order in which they were first seen, each as it is now. What is new comes at the end, where it moves
 * nothing; what is gone leaves.
 * @param of another list when this changes
 */
export function useAppended<Row>(rows: readonly Row[], key: (row: Row) => string, of: string): Row[] {
  const [seen, setSeen] = useState<{ of: string; order: readonly string[] }>({ of, order: [] });
  const now = new Map(rows.map((row) => [key(row), row]));
  const before = seen.of === of ? seen.order : [];
  const known = new Set(before);
  const order = [...before, ...[...now.keys()].filter((one) => !known.has(one))];
  if (seen.of !== of || order.length !== before.length) setSeen({ of, order });
  return order.flatMap((one) => now.get(one) ?? []);
}

/**
 * The rows that the reader has seen, each as it is now; new ones above them wait and are counted.
 * @param of another list when this changes
 */
export function useHeld<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  of: string,
): { shown: readonly Row[]; waiting: number; show: () => void } {
  const first = rows[0] && key(rows[0]);
  const [top, setTop] = useState<{ of: string; row: string | undefined }>({ of, row: first });
  const at = top.of === of && top.row !== undefined ? rows.findIndex((row) => key(row) === top.row) : -1;
  // The first load, another list, or a row that is gone: shown from its begin.
  if (at === -1 && (top.of !== of || top.row !== first)) setTop({ of, row: first });
  const waiting = Math.max(at, 0);
  return { shown: rows.slice(waiting), waiting, show: () => setTop({ of, row: first }) };
}
