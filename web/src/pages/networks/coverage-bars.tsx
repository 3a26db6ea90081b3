/** How far each network was looked at within its objective. */
import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';

const ASPECTS: Readonly<Record<string, () => string>> = {
  host: text.networks_aspect_host,
  port: text.networks_aspect_port,
};

/** `168h` as the reader's language says seven days. */
function spanInWords(objective: string): string {
  const hours = Number.parseInt(objective, 10);
  if (Number.isNaN(hours)) return objective;
  const [value, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
  return new Intl.NumberFormat(getLocale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** Where nobody set a time, nothing is late, and nothing in time either. */
function Standing({ objective, overdue }: { objective: string | undefined; overdue: boolean }) {
  if (objective === undefined) return <>–</>;
  return (
    <span className={`whitespace-nowrap ${overdue ? 'font-semibold text-medium' : 'text-good'}`}>
      <span aria-hidden="true">{overdue ? '◆ ' : '✓ '}</span>
      {overdue ? text.coverage_overdue() : text.coverage_in_time()}
    </span>
  );
}

export function CoverageBars({ rows }: { rows: Answer<'show_coverage'>['coverage'] }) {
  if (rows.length === 0) return null;
  return (
    <div className="mt-4">
      <h2>{text.coverage_title()}</h2>
      <Scroll label={text.coverage_title()} className="mt-2 max-h-72">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.coverage_network()}</th>
              <th scope="col">{text.coverage_aspect()}</th>
              <th scope="col">{text.networks_objective()}</th>
              <th scope="col">{text.coverage_looked()}</th>
              <th scope="col">{text.coverage_last()}</th>
              <th scope="col">{text.state()}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(
              ({ site, network, range, aspect, objective, within, addresses, last_look: last, overdue }) => (
                <tr key={`${site} ${network} ${aspect}`}>
                  <th scope="row" className="border-line! text-ink!">
                    <Link to="/networks" search={{ network: range }}>
                      <Untrusted>{network}</Untrusted>
                    </Link>
                    {network !== range && (
                      <span className="ms-2 font-mono text-sm font-normal text-quiet">{range}</span>
                    )}
                  </th>
                  <td>{ASPECTS[aspect]?.() ?? aspect}</td>
                  <td>{objective === undefined ? '–' : spanInWords(objective)}</td>
                  <td className="tabular-nums">
                    <meter
                      min={0}
                      max={addresses}
                      value={within}
                      className="me-2 w-24 align-middle"
                      aria-label={`${network} ${ASPECTS[aspect]?.() ?? aspect}`}
                    />
                    {number(within)}
                    {/* Of IPv6 nobody looks at all there are. */}
                    {!range.includes(':') && ` / ${number(addresses)}`}
                  </td>
                  <td>{last === undefined ? text.coverage_never() : <Moment at={last} />}</td>
                  <td>
                    <Standing objective={objective} overdue={overdue} />
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </Scroll>
      <p className="mt-2">
        <SaveCsv
          name="coverage"
          rows={() => [
            [
              'site',
              'network',
              'range',
              'aspect',
              'objective',
              'within',
              'addresses',
              'last_look',
              'overdue',
            ],
            ...rows.map((row) => [
              ...[row.site, row.network, row.range, row.aspect, row.objective, row.within, row.addresses],
              ...[row.last_look, row.overdue ? 'yes' : 'no'],
            ]),
          ]}
        />
      </p>
    </div>
  );
}
