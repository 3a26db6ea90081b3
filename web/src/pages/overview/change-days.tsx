/** Changes of the last days by severity: bars for the eye, and the same as a table for everybody else. */
import { useTool } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity, type SeverityName } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';
import { countByDay, SEVERITIES } from './count-by-day.ts';

const FILLS: Record<SeverityName, string> = {
  high: 'fill-high',
  medium: 'fill-medium',
  low: 'fill-low',
  info: 'fill-edge',
};
const [WIDTH, HEIGHT, BAR] = [40, 90, 26];

export function ChangeDays() {
  const { data } = useTool('what_changed', { since: '7d' });
  if (!data || data.changes.length === 0) return null;
  const days = countByDay(data.changes, new Date());
  const most = Math.max(1, ...days.map(({ total }) => total));
  const dayName = new Intl.DateTimeFormat(getLocale(), { weekday: 'short', day: 'numeric' });
  return (
    <section className="my-6">
      <h2>{text.days_title()}</h2>
      {data.next_cursor !== undefined && (
        <p className="text-sm text-quiet">
          {text.days_first({ count: data.changes.length, total: data.total })}
        </p>
      )}
      <Scroll label={text.days_title()} className="mt-2 flex flex-wrap items-start gap-6 p-4">
        <svg
          viewBox={`0 0 ${WIDTH * days.length} ${HEIGHT}`}
          width={WIDTH * days.length}
          height={HEIGHT}
          className="max-w-full"
          aria-hidden="true"
        >
          {days.map(({ day, counts }, at) => {
            let top = HEIGHT;
            return SEVERITIES.map((severity) => {
              const height = (counts[severity] / most) * (HEIGHT - 4);
              top -= height;
              return (
                <rect
                  key={`${day} ${severity}`}
                  x={at * WIDTH + (WIDTH - BAR) / 2}
                  y={top}
                  width={BAR}
                  height={height}
                  className={`${FILLS[severity]} stroke-sheet`}
                />
              );
            });
          })}
        </svg>
        <table className="rows w-auto! text-sm">
          <thead>
            <tr>
              <th scope="col">{text.days_day()}</th>
              {SEVERITIES.toReversed().map((severity) => (
                <th key={severity} scope="col">
                  <Severity of={severity} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, counts }) => (
              <tr key={day}>
                <th scope="row">{dayName.format(new Date(`${day}T12:00:00`))}</th>
                {SEVERITIES.toReversed().map((severity) => (
                  <td key={severity} className="tabular-nums">
                    {number(counts[severity])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
