/** What the hosts of the list have in common; a click asks for those alone. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Answer, reading } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { partsOf, toggled } from './query-parts.ts';
import type { AssetsView } from './view.ts';
import { wordOf } from './words.ts';

const NAMES = {
  state: text.state,
  class: text.assets_class,
  net: text.assets_net,
  vendor: text.assets_vendor,
  os: text.assets_os,
  tag: text.assets_tags,
  port: text.assets_open,
  service: text.assets_service,
  product: text.assets_product,
} as const;

const OF_HOSTS = ['state', 'net', 'os', 'vendor', 'class', 'tag'] as const;
/** Where much is known these take longer, and nothing waits for them. */
const OF_SERVICES = ['port'] as const;
const MOST = 12;

export function Facets({ view }: { view: AssetsView }) {
  const asked = { ...(view.query ? { query: view.query } : {}), limit: MOST };
  const hosts = useQuery({
    ...reading('count_assets', { ...asked, by: [...OF_HOSTS] }),
    placeholderData: keepPreviousData,
  });
  const services = useQuery({
    ...reading('count_assets', { ...asked, by: [...OF_SERVICES] }),
    placeholderData: keepPreviousData,
  });
  const counts = [...(services.data?.counts ?? []), ...(hosts.data?.counts ?? [])];
  return (
    <details open className="sheet h-fit p-3 [&:not([open])]:pb-3">
      <summary className="font-semibold">{text.assets_facets()}</summary>
      {counts
        .filter(({ values }) => values.length > 0)
        .map((count) => (
          <Facet key={count.by} count={count} view={view} />
        ))}
    </details>
  );
}

type Count = Answer<'count_assets'>['counts'][number];

function Facet({ count: { by, values }, view }: { count: Count; view: AssetsView }) {
  const { query = '' } = view;
  const parts = partsOf(query) ?? [];
  const most = Math.max(...values.map(({ hosts }) => hosts));
  return (
    <section className="mt-3" aria-label={NAMES[by]()}>
      <h2 className="text-sm font-semibold text-quiet">{NAMES[by]()}</h2>
      <ul>
        {values.map(({ value, hosts, query: part }) => {
          const chosen = parts.includes(part);
          return (
            <li key={value}>
              <Link
                to="/assets"
                search={{ ...view, query: toggled(query, part) || undefined }}
                aria-current={chosen ? 'true' : undefined}
                className={`relative flex min-h-6 items-center gap-2 rounded px-1.5 py-0.5 text-sm text-ink no-underline hover:bg-raised ${chosen ? 'font-semibold' : ''}`}
              >
                <span
                  aria-hidden="true"
                  className="absolute inset-y-0.5 start-0 rounded bg-raised"
                  style={{ width: `${(100 * hosts) / most}%` }}
                />
                <span className="relative min-w-0 grow truncate">
                  {chosen && <span aria-hidden="true">✓ </span>}
                  <Untrusted>{wordOf(by, value)}</Untrusted>
                </span>
                <span className="relative tabular-nums">{number(hosts)}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
