/** Changes of the last days by severity: bars for the eye, and the same as a table for everybody else. */
import { useTool } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { ownZone } from '../../parts/own-zone.ts';
import { Problem } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity, type SeverityName } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';

/** From the least to the gravest. */
const SEVERITIES: readonly SeverityName[] = ['info', 'low', 'medium', 'high'];
const FILLS: Record<SeverityName, string> = {
  high: 'fill-high',
  medium: 'fill-medium',
  low: 'fill-low',
  info: 'fill-edge',
};
const [WIDTH, HEIGHT, BAR] = [40, 90, 26];

export function ChangeDays() {
  // Counted by the server, so that all of them are, however many there were.
  const { data, error } = useTool('count_assets', { changes: { days: 7, zone: ownZone() } });
  if (error) return <Problem error={error} />;
  const days = data?.changes ?? [];
  const most = Math.max(0, ...days.map(totalOf));
  if (most === 0) return null;
  const dayName = new Intl.DateTimeFormat(getLocale(), { weekday: 'short', day: 'numeric' });
  return (
    <section className="my-6">
      <h2>{text.days_title()}</h2>
      <Scroll label={text.days_title()} className="mt-2 flex flex-wrap items-start gap-6 p-4">
        <svg
          viewBox={`0 0 ${WIDTH * days.length} ${HEIGHT}`}
          width={WIDTH * days.length}
          height={HEIGHT}
          className="max-w-full"
          aria-hidden="true"
        >
          {days.map((counts, at) => {
            let top = HEIGHT;
            return SEVERITIES.map((severity) => {
              const height = (counts[severity] / most) * (HEIGHT - 4);
              top -= height;
              return (
                <rect
                  key={`${counts.day} ${severity}`}
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
            {days.map((counts) => (
              <tr key={counts.day}>
                <th scope="row">{dayName.format(new Date(`${counts.day}T12:00:00`))}</th>
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

const totalOf = (day: Readonly<Record<SeverityName, number>>) =>
  SEVERITIES.reduce((sum, severity) => sum + day[severity], 0);
