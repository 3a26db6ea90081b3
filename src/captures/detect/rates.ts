/** How fast endpoints were probed: the times of a finding's probes, and the windows in which most of them began. */
import * as E from '../evidence/endpoints.ts';
import type { RateWindow } from '../findings.ts';
import { byPort, byTarget, distinct } from './group.ts';
import { seconds } from './text.ts';

const MICROSECONDS = 1e6;

/** When each record was first probed, in microseconds since the epoch; not a number where the capture has no times. */
export function firstTimes(table: E.EndpointTable, slots: Int32Array): Float64Array {
  return timesAt(table, slots, E.FIRST_TIME);
}

/** When each record was last probed. */
export function lastTimes(table: E.EndpointTable, slots: Int32Array): Float64Array {
  return timesAt(table, slots, E.LAST_TIME);
}

function timesAt({ times }: E.EndpointTable, slots: Int32Array, word: number): Float64Array {
  const found = new Float64Array(slots.length);
  for (let i = 0; i < slots.length; i++) found[i] = times[((slots[i] ?? 0) + word) >> 1] ?? Number.NaN;
  return found;
}

/** The least of some numbers; not a number when one of them is none. */
export function lowest(numbers: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < numbers.length; i++) least = Math.min(least, numbers[i] ?? 0);
  return least;
}

/** The greatest of some numbers; not a number when one of them is none. */
export function highest(numbers: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < numbers.length; i++) most = Math.max(most, numbers[i] ?? 0);
  return most;
}

/** Steps between first probes are longer than at this rate (endpoints a second); a few at once are not slow. */
export function isSlow(starts: Float64Array, rate: number): boolean {
  const span = highest(starts) - lowest(starts);
  return starts.length - 1 < (span / MICROSECONDS) * rate;
}

/** For each length, the window in which most endpoints were first probed. Empty when the capture has no times. */
export function windowsOf(
  table: E.EndpointTable,
  slots: Int32Array,
  starts: Float64Array,
  lengths: readonly number[],
  whole: { hosts: number; ports: number },
): RateWindow[] {
  const ordered = inOrderOfTime(table, slots, starts);
  const times = ordered === slots ? starts : firstTimes(table, ordered);
  if (!Number.isFinite(times[0])) return [];
  return lengths.map((length) => {
    let bestStart = 0;
    let best = 0;
    for (let start = 0, end = 0; end < times.length; end++) {
      while ((times[end] ?? 0) - (times[start] ?? 0) > length * MICROSECONDS) start++;
      if (end + 1 - start > best) {
        best = end + 1 - start;
        bestStart = start;
      }
    }
    const inside = ordered.subarray(bestStart, bestStart + best);
    const isWhole = best === ordered.length;
    return {
      seconds: length,
      start: seconds(times[bestStart] ?? Number.NaN),
      endpoints: best,
      distinct_ports: isWhole || whole.ports <= 1 ? whole.ports : distinct(inside, byPort(table.words)),
      distinct_hosts: isWhole || whole.hosts === 1 ? whole.hosts : distinct(inside, byTarget(table.words)),
      rate_pps: best / length,
    };
  });
}

/** Records lie in the order in which they began, which is that of their times unless the capture is out of order. */
function inOrderOfTime({ times }: E.EndpointTable, slots: Int32Array, starts: Float64Array): Int32Array {
  const timeOf = (slot: number) => times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN;
  for (let i = 1; i < starts.length; i++)
    if ((starts[i] ?? 0) < (starts[i - 1] ?? 0)) return slots.toSorted((a, b) => timeOf(a) - timeOf(b));
  return slots;
}
