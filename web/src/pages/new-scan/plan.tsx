/** What would be sent, as plan_scan tells it. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Answer, reading } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { duration } from '../../parts/duration.ts';
import { number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { PlanArguments } from './asked.ts';

type Plan = Answer<'plan_scan'>;

export interface Planned {
  data: Plan | undefined;
  error: Error | null;
  /** The form says something else by now. */
  outdated: boolean;
}

const QUIET_MS = 300;
const PLAN_SCOPE = 'scan:read';

/** Asked for once the typing pauses; a plan that nobody waits for any more is not waited for either. */
export function usePlan(args: PlanArguments | undefined): Planned {
  const text = JSON.stringify(args ?? null);
  const may = useSession().can(PLAN_SCOPE);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted: PlanArguments | null = JSON.parse(asked);
  const { data, error, isPlaceholderData, isFetching } = useQuery({
    ...reading('plan_scan', wanted ?? {}),
    enabled: may && wanted !== null,
    placeholderData: keepPreviousData,
    // What may be scanned, and what a name is, can have changed since.
    staleTime: 0,
  });
  return {
    data: wanted === null ? undefined : data,
    error,
    outdated: asked !== text || isPlaceholderData || isFetching,
  };
}

export function PlanView({ plan, asked }: { plan: Planned; asked: boolean }) {
  const { data, error, outdated } = plan;
  if (!useSession().can(PLAN_SCOPE))
    return (
      <section className="sheet p-4">
        <h2>{text.newscan_plan()}</h2>
        <p className="mt-2 text-quiet">{text.scans_needs_scope({ scope: PLAN_SCOPE })}</p>
      </section>
    );
  return (
    <section className="sheet min-w-0 p-4" aria-busy={outdated && asked}>
      <h2>{text.newscan_plan()}</h2>
      {!asked && <p className="mt-2 text-quiet">{text.newscan_nothing_asked()}</p>}
      {asked && error && <Problem error={error} />}
      {asked && !data && !error && <Waiting />}
      {asked && data && !error && (
        <div className={outdated ? 'opacity-60' : ''}>
          <p role="status" className={`mt-2 font-semibold ${data.allowed ? 'text-good' : 'text-high'}`}>
            <span aria-hidden="true">{data.allowed ? '✓ ' : '▲ '}</span>
            {data.allowed ? text.newscan_allowed() : text.newscan_refused()}
          </p>
          <Refusals refusals={data.refusals} />
          <Sizes plan={data} />
          <Sent plan={data} />
        </div>
      )}
    </section>
  );
}

function Refusals({ refusals }: Pick<Plan, 'refusals'>) {
  return (
    <ul className="mt-2 grid gap-3">
      {refusals.map(({ code, message, limit, next }) => (
        <li key={`${code} ${message}`} className="border-s-4 border-s-high ps-3">
          <p className="font-medium">
            <Untrusted>{message}</Untrusted>
          </p>
          {limit && <p className="text-sm">{text.newscan_limit({ limit })}</p>}
          <p className="text-sm">
            <Untrusted>{next}</Untrusted>
          </p>
          <p className="text-sm text-quiet">
            {text.error_code()} <code>{code}</code>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Sizes({ plan }: { plan: Plan }) {
  const { address_count: count, addresses, names, probes, seconds, privileges } = plan;
  const some = addresses.slice(0, 16).join(', ');
  return (
    <dl className="my-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
      <dt className="text-quiet">{text.newscan_addresses()}</dt>
      <dd className="break-words">
        {number(count)}
        {count > 0 && (
          <span className="ms-2 font-mono text-sm text-quiet">
            {some}
            {count > addresses.slice(0, 16).length ? ', …' : ''}
          </span>
        )}
      </dd>
      {names.map(({ name, addresses: of }) => (
        <div key={name} className="contents">
          <dt className="text-quiet">
            <Untrusted>{name}</Untrusted>
          </dt>
          <dd className="font-mono text-sm break-words">{of.join(', ')}</dd>
        </div>
      ))}
      {probes !== undefined && (
        <>
          <dt className="text-quiet">{text.newscan_packets()}</dt>
          <dd>{text.newscan_at_least({ count: number(probes) })}</dd>
        </>
      )}
      {seconds && (
        <>
          <dt className="text-quiet">{text.newscan_time()}</dt>
          <dd>
            {duration(seconds.low)} – {duration(seconds.high)}
          </dd>
        </>
      )}
      <dt className="text-quiet">{text.newscan_privileges()}</dt>
      <dd>
        {privileges.needed ? text.newscan_raw_needed() : text.newscan_raw_not_needed()},{' '}
        {privileges.have ? text.newscan_raw_there() : text.newscan_raw_missing()}
      </dd>
    </dl>
  );
}

function Sent({ plan: { phases, argv, coverage } }: { plan: Plan }) {
  return (
    <>
      {phases ? (
        <>
          <h3 className="font-semibold">{text.newscan_phases()}</h3>
          <ol className="mt-1 grid gap-2">
            {phases.map(({ phase, argv: words }) => (
              <li key={`${phase} ${words?.join(' ')}`}>
                {phase}
                <Command argv={words} />
              </li>
            ))}
          </ol>
        </>
      ) : (
        argv && (
          <>
            <h3 className="font-semibold">{text.newscan_runs()}</h3>
            <Command argv={argv} />
          </>
        )
      )}
      {coverage.length > 0 && (
        <>
          <h3 className="mt-3 font-semibold">{text.newscan_notes()}</h3>
          <ul className="mt-1 list-disc ps-6">
            {coverage.map(({ kind, message }) => (
              <li key={`${kind} ${message}`}>
                <Untrusted>{message}</Untrusted>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Command({ argv }: { argv: readonly string[] | undefined }) {
  return (
    <pre className="mt-1 rounded-md bg-raised p-2 whitespace-pre-wrap [overflow-wrap:anywhere]">
      {argv ? `nmap ${argv.join(' ')}` : text.newscan_by_connections()}
    </pre>
  );
}
