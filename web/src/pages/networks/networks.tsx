/** Which addresses are taken, and when they were looked at: a grid for each /24, a list for IPv6. */
import { getRouteApi, Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { useTool } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { PlanFirst } from '../new-scan/plan-first.tsx';
import { AGES, STATES } from './cell-looks.ts';
import { CoverageBars } from './coverage-bars.tsx';
import { gridsOf, MOST_GRIDS, spanOf } from './grid.ts';
import { GridTable } from './grid-table.tsx';
import { HostList } from './host-list.tsx';

const route = getRouteApi('/inside/networks');

export function Networks() {
  const { network } = route.useSearch();
  const navigate = route.useNavigate();
  const coverage = useTool('show_coverage', {});
  const counts = useTool('count_assets', { by: ['net'], limit: 500 });
  const error = coverage.error ?? counts.error;
  const known = counts.data?.counts[0]?.values ?? [];
  const rows = coverage.data?.coverage ?? [];
  const first =
    known.map(({ value }) => value).find((value) => spanOf(value)) ?? known[0]?.value ?? rows[0]?.range;
  // A network that has a name is meant by it as well.
  const chosen = rows.find((row) => row.network === network)?.range ?? network ?? first;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget).get('network');
    if (typeof given === 'string' && given.trim() !== '')
      void navigate({ search: { network: given.trim() } });
  };
  return (
    <>
      <h1>{text.networks_title()}</h1>
      <p className="mt-1 text-quiet">{text.networks_lead()}</p>
      {error && <Problem error={error} />}
      {(!coverage.data || !counts.data) && !error && <Waiting />}
      {coverage.data && counts.data && (
        <>
          <CoverageBars rows={rows} />
          <form onSubmit={submit} className="mt-5 flex flex-wrap items-end gap-2" key={chosen}>
            <label className="grid gap-1 text-sm">
              {text.networks_choose()}
              <input
                name="network"
                className="field font-mono"
                list="known-networks"
                defaultValue={chosen}
                placeholder="10.0.0.0/24"
                maxLength={90}
                spellCheck={false}
              />
              <datalist id="known-networks">
                {known.map(({ value, hosts }) => (
                  <option key={value} value={value}>
                    {text.hosts({ count: hosts })}
                  </option>
                ))}
              </datalist>
            </label>
            <button type="submit" className="button">
              {text.asset_show()}
            </button>
          </form>
          <Known known={known} chosen={chosen} />
          {chosen === undefined ? (
            <Nothing />
          ) : (
            <Shown network={chosen} known={known.map(({ value }) => value)} />
          )}
        </>
      )}
    </>
  );
}

/** The networks that hosts are in, as links. */
function Known({
  known,
  chosen,
}: {
  known: readonly { value: string; hosts: number }[];
  chosen: string | undefined;
}) {
  if (known.length < 2) return null;
  return (
    <nav aria-label={text.networks_known()} className="mt-3 max-h-40 overflow-y-auto">
      <ul className="flex flex-wrap gap-1.5">
        {known
          .toSorted((a, b) => a.value.localeCompare(b.value, 'en', { numeric: true }))
          .map(({ value, hosts }) => (
            <li key={value}>
              <Link
                to="/networks"
                search={{ network: value }}
                aria-current={value === chosen ? 'true' : undefined}
                className={`chip min-h-7 no-underline ${value === chosen ? 'border-accent bg-raised font-semibold' : ''}`}
              >
                <span className="font-mono">{value}</span>
                <span className="text-quiet" title={text.hosts({ count: hosts })}>
                  {number(hosts)}
                </span>
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}

function Shown({ network, known }: { network: string; known: readonly string[] }) {
  const span = spanOf(network);
  if (!span) return <HostList network={network} />;
  const within = known.filter((one) => {
    const other = spanOf(one);
    return other !== undefined && other.first <= span.last && other.last >= span.first;
  });
  const all = Math.ceil((span.last - span.first + 1) / 256);
  // Of a large network those parts that hosts are in.
  const grids = all > MOST_GRIDS && within.length > 0 ? within.slice(0, MOST_GRIDS) : gridsOf(span);
  return (
    <>
      <Legend />
      {all > grids.length && (
        <p className="mt-2 text-quiet">
          {text.networks_some({ shown: number(grids.length), all: number(all) })}
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-8">
        {grids.map((grid) => (
          <GridTable key={grid} grid={grid} />
        ))}
      </div>
    </>
  );
}

function Legend() {
  return (
    <ul aria-label={text.networks_legend()} className="mt-4 flex flex-wrap gap-x-4 gap-y-1 text-sm">
      {Object.values(STATES).map(({ mark, ink, word }) => (
        <li key={word()} className="inline-flex items-center gap-1.5">
          <span
            aria-hidden="true"
            className={`inline-grid size-5 place-items-center rounded-sm border border-line ${ink} ${mark === '' ? 'bg-[repeating-linear-gradient(135deg,var(--color-line)_0_1px,transparent_1px_5px)]' : ''}`}
          >
            {mark}
          </span>
          {word()}
        </li>
      ))}
      {AGES.map(({ shade, word }) => (
        <li key={shade} className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={`size-5 rounded-sm border border-line ${shade}`} />
          {word()}
        </li>
      ))}
      <li className="inline-flex items-center gap-1.5">
        <span aria-hidden="true" className="size-5 rounded-sm border-2 border-medium" />
        {text.networks_new()}
      </li>
      <li className="text-quiet">{text.networks_keys()}</li>
    </ul>
  );
}

function Nothing() {
  return (
    <div className="sheet mt-4 p-5">
      <p className="font-semibold">{text.networks_none()}</p>
      <PlanFirst />
    </div>
  );
}
