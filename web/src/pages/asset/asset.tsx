/** One host: what it is now, what it ever was, and why it is one. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { Addresses } from './addresses.tsx';
import { Captures } from './captures.tsx';
import { Head } from './head.tsx';
import { Identity } from './identity.tsx';
import { Now } from './now.tsx';
import { Raw } from './raw.tsx';
import { Timeline } from './timeline.tsx';
import { type AssetView, TABS } from './view.ts';

const route = getRouteApi('/inside/assets/$asset');

const NAMES: Record<(typeof TABS)[number], () => string> = {
  now: text.asset_tab_now,
  timeline: text.asset_tab_timeline,
  identity: text.asset_tab_identity,
  addresses: text.asset_tab_addresses,
  captures: text.asset_tab_captures,
  raw: text.asset_tab_raw,
};

export function AssetPage() {
  const { asset } = route.useParams();
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { tab = 'now', at } = view;
  const { data, error, refetch } = useTool('get_asset', { asset, ...(at ? { at } : {}) });
  if (error)
    return (
      <>
        <h1>{text.assets_title()}</h1>
        <Problem error={error} retry={() => void refetch()} />
        {at !== undefined && (
          <Link to="/assets/$asset" params={{ asset }} search={{ ...view, at: undefined }} className="button">
            {text.asset_as_now()}
          </Link>
        )}
      </>
    );
  if (!data) return <Waiting />;
  const shown = {
    now: <Now view={data} />,
    timeline: <Timeline asset={data.asset.asset_id} at={at} />,
    identity: <Identity view={data} />,
    addresses: <Addresses addresses={data.addresses} />,
    captures: <Captures view={data} />,
    raw: <Raw view={data} />,
  };
  return (
    <>
      <Head view={data} at={at} onAt={(next) => void navigate({ search: { ...view, at: next } })} />
      <nav aria-label={text.asset_parts()} className="mt-5 border-b border-line">
        <ul className="flex flex-wrap gap-1">
          {TABS.map((one) => (
            <li key={one}>
              <Link
                to="/assets/$asset"
                params={{ asset }}
                search={searchOf(view, one)}
                aria-current={one === tab ? 'page' : undefined}
                className={`inline-block px-3 py-2 no-underline ${one === tab ? 'font-semibold text-ink shadow-[inset_0_-3px_var(--color-accent)]' : 'hover:bg-raised'}`}
              >
                {NAMES[one]()}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="mt-4">{shown[tab]}</div>
    </>
  );
}

function searchOf({ at }: AssetView, tab: (typeof TABS)[number]): AssetView {
  return { ...(tab === 'now' ? {} : { tab }), ...(at ? { at } : {}) };
}
