/** Probes over time as one line of bars. */
const BARS = '▁▂▃▄▅▆▇█';

/** At most `width` bars, each the sum of its slice; nothing but probes-free slices is a space. */
export function sparkline(counts: readonly number[], width: number): string {
  const perBar = Math.max(1, Math.ceil(counts.length / width));
  const sums: number[] = [];
  for (let at = 0; at < counts.length; at += perBar) {
    sums.push(counts.slice(at, at + perBar).reduce((sum, count) => sum + count, 0));
  }
  const most = Math.max(1, ...sums);
  return sums
    .map((sum) => (sum === 0 ? ' ' : (BARS[Math.ceil((sum / most) * BARS.length) - 1] ?? BARS[0])))
    .join('');
}
