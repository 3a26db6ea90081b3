/** What a network person wants to know first; every number is a way to the list that it counts. */
import { useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { PlanFirst } from '../new-scan/plan-first.tsx';
import { ChangeDays } from './change-days.tsx';
import { Coverage } from './coverage.tsx';
import { RecentCaptures } from './recent-captures.tsx';
import { RunningScans } from './running-scans.tsx';

const assetsAt = (query: string) => `/assets?${new URLSearchParams({ query })}`;

export function Overview() {
  const session = useSession();
  const all = useTool('find_assets', { limit: 1 }, { enabled: session.can('inventory:read') });
  if (!session.can('inventory:read')) {
    return (
      <>
        <h1>{text.overview_title()}</h1>
        <RunningScans />
        <RecentCaptures />
        <NotShown />
      </>
    );
  }
  if (all.error) return <Problem error={all.error} retry={() => void all.refetch()} />;
  if (!all.data) return <Waiting />;
  return (
    <>
      <h1>{text.overview_title()}</h1>
      {all.data.total === 0 ? <First /> : <Numbers />}
      <RunningScans />
      <RecentCaptures />
      {all.data.total > 0 && (
        <>
          <ChangeDays />
          <Coverage />
        </>
      )}
      <NotShown />
    </>
  );
}

/** Parts of this page that a token may not see look otherwise as if there were nothing. */
function NotShown() {
  const session = useSession();
  const lacking = ['inventory:read', 'scan:read', 'capture:read'].filter((scope) => !session.can(scope));
  if (lacking.length === 0) return null;
  return <p className="my-4 text-quiet">{text.overview_not_shown({ scopes: lacking.join(', ') })}</p>;
}

/** Before anything was looked at. */
function First() {
  return (
    <section className="sheet my-4 p-5">
      <h2>{text.first_title()}</h2>
      <p className="mt-1">{text.first_why()}</p>
      <PlanFirst />
    </section>
  );
}

function Numbers() {
  const present = useTool('find_assets', { query: 'state:present', limit: 1 });
  const fresh = useTool('find_assets', { query: 'first_seen:<7d', limit: 1 });
  const unexpected = useTool('find_assets', { query: 'is:unexpected', limit: 1 });
  const undecided = useTool('what_changed', { since: 'baseline' });
  const numbers = [
    { name: text.present_hosts(), href: assetsAt('state:present'), count: present.data?.total },
    { name: text.new_hosts(), href: assetsAt('first_seen:<7d'), count: fresh.data?.total },
    { name: text.unexpected_hosts(), href: assetsAt('is:unexpected'), count: unexpected.data?.total },
    { name: text.open_changes(), href: '/changes', count: undecided.data?.total },
  ];
  return (
    <ul className="my-4 grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {numbers.map(({ name, href, count }) => (
        <li key={href} className="sheet">
          <a href={href} className="block p-4 no-underline">
            <span className="block text-3xl font-semibold text-ink tabular-nums">
              {count === undefined ? '…' : number(count)}
            </span>
            <span className="underline">{name}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
