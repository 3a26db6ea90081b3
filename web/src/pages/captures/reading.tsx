/** What stands in one capture: in numbers, over time, and scan by scan. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Answer, call, useTool } from '../../api/call.ts';
import { duration } from '../../parts/duration.ts';
import { number, whole } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { SuspectCard } from './suspect.tsx';
import { Timeline } from './timeline.tsx';
import { CaptureProblem, useToken } from './token.tsx';
import { type Suspect, verdictOf } from './verdict.ts';

const SLICES = 60;

type Overview = Answer<'scan_overview'>;

export function Reading({ path, background }: { path: string; background: boolean }) {
  const { data, error, refetch } = useTool('scan_overview', { path, ...useToken() });
  return (
    <>
      <h2 className="mt-4 break-words">
        <Untrusted>{path}</Untrusted>
      </h2>
      {error && <CaptureProblem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <>
          <Numbers path={path} data={data} />
          <Suspects path={path} background={background} />
        </>
      )}
    </>
  );
}

function Numbers({ path, data }: { path: string; data: Overview }) {
  const token = useToken();
  const first = useTool('first_scan_event', { path, ...token });
  const length = data.overview.interval_s;
  // The server's slice is a minute; one of a short capture shows more.
  const slice = Math.max(0.1, Math.round((length / SLICES) * 10) / 10);
  const finer = useTool(
    'scan_overview',
    { path, time_window_s: slice, ...token },
    { enabled: length > 0 && length < 3600 },
  );
  const { overview, notes } = data;
  const event = first.data?.first_event;
  return (
    <section className="sheet my-3 p-4">
      <p>
        {text.captures_packets({ count: overview.total_pkts })} · {duration(overview.interval_s)} ·{' '}
        {text.captures_scanners({ count: overview.totals.scanners })} ·{' '}
        {text.captures_targets({ count: overview.totals.targets })}
      </p>
      {overview.suspected_patterns.length > 0 && (
        <p className="mt-2 flex flex-wrap gap-1.5">
          {overview.suspected_patterns.map((pattern) => (
            <span key={pattern} className="chip">
              {pattern}
            </span>
          ))}
        </p>
      )}
      {event && (
        <p className="mt-2">
          {text.captures_first()}{' '}
          {event.time !== null && <time dateTime={event.time}>{whole(new Date(event.time))}</time>}{' '}
          <span className="font-mono">
            {event.src} → {event.dst}
            {event.port === null ? '' : `:${event.port}`}
          </span>{' '}
          ({event.technique}, {text.captures_packet({ number: event.packet })})
        </p>
      )}
      <Timeline of={finer.data?.overview.timeline ?? overview.timeline} />
      {data.truncated && <p className="mt-2 text-medium">◆ {text.captures_truncated()}</p>}
      <Unread unread={data.unread ?? []} />
      {notes.length > 0 && (
        <ul className="mt-2 list-disc ps-6 text-sm">
          {notes.map((note) => (
            <li key={note}>
              <Untrusted>{note}</Untrusted>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What of the file could not be read, so that nobody takes silence for proof. */
function Unread({ unread }: { unread: NonNullable<Answer<'scan_overview'>['unread']> }) {
  if (unread.length === 0) return null;
  return (
    <p className="mt-2 text-sm text-medium">
      ◆ {text.captures_unread()} {unread.map(({ what, packets }) => `${what}: ${number(packets)}`).join('; ')}
    </p>
  );
}

function Suspects({ path, background }: { path: string; background: boolean }) {
  const args = { path, ...useToken(), ...(background ? { include_background: true } : {}) };
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['list_suspects', args, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      call('list_suspects', { ...args, ...(pageParam ? { cursor: pageParam } : {}) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
  });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  const [first] = data?.pages ?? [];
  if (!data || !first) return <Waiting />;
  const suspects = data.pages.flatMap((page) => page.suspects);
  return (
    <section className="my-5">
      <h2>{text.captures_suspects({ count: first.total })}</h2>
      {suspects.length === 0 && <p className="sheet mt-2 p-4 text-quiet">{text.captures_nobody()}</p>}
      <ul className="mt-2 grid gap-3">
        {suspects.map((suspect) => (
          <li key={`${suspect.ip} ${suspect.technique} ${suspect.role} ${suspect.first_probe.packet}`}>
            <SuspectCard suspect={suspect} />
          </li>
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap gap-2">
        {hasNextPage && (
          <button
            type="button"
            className="button"
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            {text.more()}
          </button>
        )}
        {suspects.length > 0 && <SaveCsv name="suspects" rows={() => [COLUMNS, ...suspects.map(cellsOf)]} />}
        {!background && (
          <Link to="/captures" search={{ path, background: true }} className="button">
            {text.captures_with_background()}
          </Link>
        )}
      </div>
      {first.background && <Background of={first.background} />}
    </section>
  );
}

const COLUMNS = [
  'ip',
  'verdict',
  'kind',
  'technique',
  'tool',
  'ports',
  'hosts',
  'probes',
  'open',
  'confidence',
];

function cellsOf(suspect: Suspect) {
  const {
    ip,
    kind,
    technique,
    tool,
    distinct_ports: ports,
    distinct_hosts: hosts,
    probes,
    answers,
  } = suspect;
  const { confidence } = suspect;
  return [
    ip,
    verdictOf(suspect),
    kind,
    technique,
    tool.name,
    ports,
    hosts,
    probes,
    answers.open.count,
    confidence,
  ];
}

function Background({ of }: { of: NonNullable<Answer<'list_suspects'>['background']> }) {
  return (
    <details className="mt-4" open>
      <summary>{text.captures_background({ count: of.sources })}</summary>
      <ul className="mt-2 list-disc ps-6 text-sm">
        {of.listed.map(({ ip, tool, probes, ports }) => (
          <li key={`${ip} ${tool}`}>
            <span className="font-mono">{ip}</span> {tool} · {text.captures_probes({ count: probes })} ·{' '}
            {ports}
          </li>
        ))}
      </ul>
    </details>
  );
}
