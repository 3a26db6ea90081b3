import type { Answer } from '../../api/call.ts';
import { duration } from '../../parts/duration.ts';
import { number, whole } from '../../parts/moment.tsx';
import * as text from '../../texts/messages.js';

const HEIGHT = 60;

/** New endpoints asked in each slice of time, as bars, and the same as a table. */
export function Timeline({ of }: { of: Answer<'scan_overview'>['overview']['timeline'] }) {
  const { probes, window_s: seconds, start_iso: start } = of;
  if (probes.length === 0) return null;
  const most = Math.max(1, ...probes);
  const begin = (at: number) =>
    start === null ? duration(at * seconds) : whole(new Date(Date.parse(start) + at * seconds * 1000));
  const told = probes.flatMap((count, at) => (count > 0 ? [{ at, count }] : []));
  return (
    <figure className="mt-3">
      <figcaption className="text-sm text-quiet">
        {text.captures_timeline({ slice: duration(seconds), most: number(most) })}
      </figcaption>
      <svg
        viewBox={`0 0 ${probes.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="mt-1 h-16 w-full border-b border-edge"
        aria-hidden="true"
      >
        {told.map(({ at, count }) => {
          const height = Math.max(1, (count / most) * HEIGHT);
          return (
            <rect
              key={at}
              x={at + 0.05}
              y={HEIGHT - height}
              width={0.9}
              height={height}
              className="fill-accent"
            />
          );
        })}
      </svg>
      <details className="text-sm">
        <summary>{text.captures_as_table()}</summary>
        <table className="rows max-w-md">
          <thead>
            <tr>
              <th scope="col">{text.time()}</th>
              <th scope="col">{text.captures_asked()}</th>
            </tr>
          </thead>
          <tbody>
            {told.map(({ at, count }) => (
              <tr key={at}>
                <th scope="row" className="font-normal">
                  {begin(at)}
                </th>
                <td className="tabular-nums">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
