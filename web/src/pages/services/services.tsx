/** What is open, counted: by port or by product first, and then each port, product and version of it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { reading } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { QueryField } from '../../parts/query-field.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { Alike } from './alike.tsx';
import type { ServicesView } from './view.ts';

const route = getRouteApi('/inside/services');

const WAYS = {
  port: text.services_by_port,
  product: text.services_by_product,
  service: text.services_by_service,
};
/** Values that are listed; the commonest. */
const MOST = 200;

export function Services() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { by = 'port', query, port, product } = view;
  const { data, error, refetch } = useQuery({
    ...reading('count_assets', { by: [by], limit: MOST, ...(query ? { query } : {}) }),
    placeholderData: keepPreviousData,
  });
  const values = data?.counts.find((one) => one.by === by)?.values ?? [];
  const chosen = port !== undefined || product !== undefined;
  return (
    <>
      <h1>{text.services_title()}</h1>
      <p className="mt-1 text-quiet">{text.services_lead()}</p>
      <QueryField
        query={query}
        onChange={(next) => void navigate({ search: { ...view, query: next || undefined } })}
      />
      <nav aria-label={text.services_ways()}>
        <ul className="flex flex-wrap gap-2">
          {(['port', 'product', 'service'] as const).map((way) => (
            <li key={way}>
              <Link
                to="/services"
                search={{ by: way, query }}
                aria-current={way === by ? 'true' : undefined}
                className={`button ${way === by ? 'border-accent bg-raised' : ''}`}
              >
                {way === by && <span aria-hidden="true">✓</span>}
                {WAYS[way]()}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && values.length === 0 && <p className="sheet my-4 p-5">{text.services_none()}</p>}
      {data && values.length > 0 && (
        <div className="mt-4 grid items-start gap-5 lg:grid-cols-[minmax(16rem,2fr)_3fr]">
          <section aria-label={WAYS[by]()}>
            <Values by={by} values={values} view={view} />
            {values.length === MOST && (
              <p className="mt-1 text-sm text-quiet">{text.services_first({ count: MOST })}</p>
            )}
            <p className="mt-2">
              <SaveCsv
                name={`services-by-${by}`}
                rows={() => [
                  [by, 'hosts', 'query'],
                  ...values.map((one) => [one.value, one.hosts, one.query]),
                ]}
              />
            </p>
          </section>
          {chosen ? <Alike view={view} /> : <p className="text-quiet">{text.services_choose()}</p>}
        </div>
      )}
    </>
  );
}

interface ValuesProps {
  by: keyof typeof WAYS;
  values: readonly { value: string; hosts: number; query: string }[];
  view: ServicesView;
}

function Values({ by, values, view: { query, port, product } }: ValuesProps) {
  const most = Math.max(...values.map(({ hosts }) => hosts));
  return (
    <Scroll label={text.services_title()}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{WAYS[by]()}</th>
            <th scope="col">{text.services_hosts()}</th>
            <th scope="col">
              <span className="sr-only">{text.services_in_assets()}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ value, hosts, query: part }) => (
            <tr key={value} className={value === port || value === product ? 'bg-raised' : ''}>
              <th scope="row" className="border-line! break-words text-ink!">
                {by === 'service' ? (
                  <Untrusted>{value}</Untrusted>
                ) : (
                  <Link
                    to="/services"
                    search={{ by, query, ...(by === 'port' ? { port: value } : { product: value }) }}
                    aria-current={value === port || value === product ? 'true' : undefined}
                  >
                    <Untrusted>{value}</Untrusted>
                  </Link>
                )}
              </th>
              <td className="tabular-nums">
                {number(hosts)}
                <span
                  aria-hidden="true"
                  className="mt-0.5 block h-1.5 rounded bg-accent"
                  style={{ width: `${Math.max(2, (100 * hosts) / most)}%` }}
                />
              </td>
              <td>
                <Link to="/assets" search={{ query: [query, part].filter(Boolean).join(' ') }}>
                  {text.services_in_assets()}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
