/**
 * What happens, as it happens: one event stream for all tabs of a browser. The tab that holds the lock reads it and tells
 * the others; when that tab goes, the next one takes over, from the event that it heard last.
 */
import type { Query, QueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import type { ToolName } from './call.ts';

const CHANNEL = 'portolan-live';

/** What an event makes stale. A list that is being read is not exchanged under the reader: those pages count instead. */
const STALE: Readonly<Record<string, readonly ToolName[]>> = {
  task: ['list_tasks', 'get_task_status', 'get_task_result', 'list_schedules'],
  progress: ['list_tasks', 'get_task_status'],
  finding: ['get_task_result'],
  change: [
    'what_changed',
    'find_assets',
    'count_assets',
    'get_asset',
    'asset_history',
    'show_coverage',
    'list_expectations',
  ],
  incident: ['list_alerts', 'what_changed'],
};
/** What a person sees changed by another person is shown at once, held or not. */
const EDITS: readonly ToolName[] = [
  ...(['what_changed', 'find_assets', 'get_asset', 'list_expectations', 'show_coverage'] as const),
  ...(['list_alerts', 'list_schedules'] as const),
];
/** Events may come by the hundred a second; lists are read anew this often at most. */
const GATHER_MS = 500;
/** Until the next attempt, where the server refused the stream. */
const COME_BACK_MS = 3000;

const Message = z.object({
  kind: z.string(),
  id: z.optional(z.string()),
  data: z.optional(z.record(z.string(), z.unknown())),
});
export type Happening = z.infer<typeof Message>;

export type Link = 'live' | 'lost';

export interface Live {
  /** Calls with each event, until what it returns is called. */
  listen(hear: (event: Happening) => void): () => void;
  /** Calls when the connection is lost and when it is back. */
  onLink(hear: (link: Link) => void): () => void;
}

/**
 * @param held tools whose lists the page that is open holds still
 * @param refused told when the server does not give the stream: it may not know the session any more
 */
export function startLive(
  client: QueryClient,
  held: () => ReadonlySet<ToolName>,
  refused: () => void = () => {},
): Live {
  const channel = new BroadcastChannel(CHANNEL);
  const hearers = new Set<(event: Happening) => void>();
  const linked = new Set<(link: Link) => void>();
  const stale = new Set<ToolName>();
  let edited = false;
  let waits = false;
  let last: string | undefined;
  const refresh = () => {
    waits = false;
    const names = new Set([...stale].filter((name) => !held().has(name)));
    if (edited) for (const name of EDITS) names.add(name);
    const meant = { predicate: ({ queryKey: [name] }: Query) => [...names].some((one) => one === name) };
    // What is on its way goes on, or a list of many pages would never arrive; it is read once more afterwards.
    if (client.isFetching(meant) > 0) later();
    else {
      stale.clear();
      edited = false;
    }
    void client.invalidateQueries(meant, { cancelRefetch: false });
  };
  const later = () => {
    if (waits) return;
    waits = true;
    setTimeout(refresh, GATHER_MS);
  };
  const hear = (message: unknown) => {
    const { success, data: event } = Message.safeParse(message);
    if (!success) return;
    if (event.kind === 'link') {
      const link = event.data?.['state'] === 'live' ? 'live' : 'lost';
      // What failed while nobody answered is asked for again.
      if (link === 'live') void client.refetchQueries({ predicate: ({ state }) => state.status === 'error' });
      for (const tell of linked) tell(link);
      return;
    }
    last = event.id ?? last;
    // Of what was missed nobody knows what it was.
    const names = event.kind === 'missed' ? Object.values(STALE).flat() : (STALE[event.kind] ?? []);
    for (const name of names) stale.add(name);
    if (event.kind === 'edited') edited = true;
    if (stale.size > 0 || edited) later();
    for (const tell of hearers) tell(event);
  };
  channel.addEventListener('message', ({ data }) => hear(data));
  const spread = (message: Happening) => {
    channel.postMessage(message);
    hear(message);
  };
  void navigator.locks.request(CHANNEL, () => read(spread, () => last, refused));
  return {
    listen: (one) => subscribe(hearers, one),
    onLink: (one) => subscribe(linked, one),
  };
}

function subscribe<T>(set: Set<T>, one: T): () => void {
  set.add(one);
  return () => {
    set.delete(one);
  };
}

/** Reads until the tab is closed. After a cut the browser comes back by itself; after a refusal it has to be told to. */
function read(
  spread: (message: Happening) => void,
  last: () => string | undefined,
  refused: () => void,
): Promise<never> {
  const since = last();
  const source = new EventSource(
    since === undefined ? '/events' : `/events?last_event_id=${encodeURIComponent(since)}`,
  );
  for (const kind of [...Object.keys(STALE), 'edited', 'missed']) {
    source.addEventListener(kind, ({ data, lastEventId }) => {
      const parsed: unknown = JSON.parse(data);
      spread({ kind, id: lastEventId, data: Object(parsed) });
    });
  }
  source.addEventListener('open', () => spread({ kind: 'link', data: { state: 'live' } }));
  source.addEventListener('error', () => {
    spread({ kind: 'link', data: { state: 'lost' } });
    if (source.readyState !== EventSource.CLOSED) return;
    refused();
    comeBack();
  });
  const comeBack = () => {
    setTimeout(() => {
      // Who is asked for a token has no stream before there is one.
      if (location.pathname === '/login') comeBack();
      else void read(spread, last, refused);
    }, COME_BACK_MS);
  };
  return new Promise(() => {});
}
