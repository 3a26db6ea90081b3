import { useTool } from '../../api/call.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';

/** When each network was looked at last, and whether that was in time. */
export function CoverageTable() {
  const { data, error } = useTool('show_coverage', {});
  if (error) return <Problem error={error} />;
  if (!data || data.coverage.length === 0) return null;
  return (
    <section className="my-6">
      <h2>{text.coverage_title()}</h2>
      <Scroll label={text.coverage_title()} className="mt-2">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.coverage_network()}</th>
              <th scope="col">{text.coverage_aspect()}</th>
              <th scope="col">{text.coverage_looked()}</th>
              <th scope="col">{text.coverage_last()}</th>
              <th scope="col">{text.state()}</th>
            </tr>
          </thead>
          <tbody>
            {data.coverage.map(({ site, network, aspect, within, addresses, last_look: last, overdue }) => (
              <tr key={`${site} ${network} ${aspect}`}>
                <th scope="row" className="font-mono">
                  <a href={`/networks?${new URLSearchParams({ network })}`}>{network}</a>
                </th>
                <td>{aspect}</td>
                <td className="tabular-nums">
                  {number(within)} / {number(addresses)}
                </td>
                <td>{last === undefined ? text.coverage_never() : <Moment at={last} />}</td>
                <td className={overdue ? 'font-semibold text-medium' : 'text-good'}>
                  <span aria-hidden="true">{overdue ? '◆ ' : '✓ '}</span>
                  {overdue ? text.coverage_overdue() : text.coverage_in_time()}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
