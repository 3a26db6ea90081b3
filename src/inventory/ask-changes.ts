/** Answers what changed since when, and takes decisions about it. */
import { type ChangeEvent, SEVERITIES, type Severity } from '../core/asset.ts';
import { PortolanError } from '../core/errors.ts';
import type { EventQuery, EventState, KeptEvent } from '../store/inventory/change-reads.ts';
import type { Store } from '../store/store.ts';
import { lastLooks } from './ask-coverage.ts';
import { ofChange } from './expectations/accept.ts';
import { assetOf, expectationLine } from './expectations/words.ts';
import { conditionOfText } from './query-condition.ts';
import type {
  Asker,
  ChangeRow,
  ChangeState,
  ChangesAsk,
  ChangesPage,
  Decided,
  Decision,
  DecisionAsk,
  TaskChanges,
} from './service.ts';

const BOOKMARK = 'changes';
/** Looks of the time asked about whose held-back differences are summed up. */
const MOST_LOOKS = 500;
const MOST_SUPPRESSED = 5000;
/** How the rules call a look that is weaker than what was seen before (changes/presence.ts). */
const DOWNGRADED = 'downgraded';

const SAID: Readonly<Record<EventState, ChangeState>> = {
  open: 'open',
  ack: 'acknowledged',
  accepted: 'accepted',
  muted: 'muted',
  ignored: 'ignored',
  closed: 'closed',
};

export function toChange(kept: KeptEvent): ChangeRow {
  const { state, repeats, decidedBy, reason, until, assetName, ...rest } = kept;
  const event: ChangeEvent = rest;
  return {
    event,
    state: SAID[state],
    times: repeats,
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    ...(assetName === undefined ? {} : { assetName }),
  };
}

export async function askChanges(
  store: Store,
  ask: ChangesAsk,
  asker: Asker,
  now: number,
): Promise<ChangesPage> {
  const { since, query = '', minSeverity, limit, cursor } = ask;
  const marked = since.kind === 'last' ? await store.changes.bookmark(asker.id, BOOKMARK) : 0;
  const span = await spanOf(store, ask, now);
  const where = await conditionOfText(query, store, now);
  const chosen: Omit<EventQuery, 'limit' | 'after'> = {
    ...(since.kind === 'last' ? {} : { since: span.from }),
    ...(span.looks ? { looks: span.looks } : {}),
    ...(since.kind === 'baseline' ? { states: ['open'] as const } : {}),
    ...(minSeverity === undefined ? {} : { atLeast: minSeverity }),
    ...(where ? { assets: where } : {}),
  };
  const behind = cursor === undefined ? undefined : behindOf(cursor);
  // A bookmark is a number: what was told up to there must be all there was up to there.
  const order =
    since.kind === 'last'
      ? { after: Math.max(marked, behind?.id ?? 0) }
      : { gravestFirst: behind === undefined ? {} : { behind } };
  const found = await store.changes.page({ ...chosen, ...order, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const next = found.length > limit && last ? `c${SEVERITIES.indexOf(last.severity)}-${last.id}` : undefined;
  if (since.kind === 'last' && last) await store.changes.setBookmark(asker.id, BOOKMARK, last.id, now);
  const counts = await store.changes.counts(chosen);
  const total = since.kind === 'last' ? page.length : counts.reduce((sum, { count }) => sum + count, 0);
  const held = await heldBack(store, span.from);
  return {
    total,
    from: since.kind === 'last' ? (page[0]?.seenAt ?? now) : span.from,
    to: now,
    changes: page.toSorted(byGravity).map(toChange),
    notCompared: [...(await notCompared(store, span.from, now)), ...voidSilence(held)],
    suppressed: byRule(held),
    ...(next === undefined ? {} : { next }),
  };
}

/** A first look is a baseline: that is no change of the scan. */
const BASELINE = 'baseline.recorded';
/** Changes of one scan among which the gravest are looked for. */
const MOST_OF_A_TASK = 500;

export async function askChangesOfTask(
  store: Store,
  task: string,
  limit: number,
): Promise<TaskChanges | undefined> {
  const [look] = await store.looks.list({ task, limit: 1 });
  if (look?.state !== 'folded') return undefined;
  const found = await store.changes.page({ looks: [look.hash], limit: MOST_OF_A_TASK });
  const changes = found.filter(({ kind }) => kind !== BASELINE).toSorted(byGravity);
  return { total: changes.length, changes: changes.slice(0, limit).map(toChange) };
}

const byGravity = (a: KeptEvent, b: KeptEvent) =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.id - b.id;

/** The severity and number of the last change of the page before. */
function behindOf(cursor: string): { severity: Severity; id: number } {
  const [, rank, id] = /^c(\d)-(\d{1,15})$/.exec(cursor) ?? [];
  const severity = SEVERITIES[Number(rank)];
  if (severity !== undefined && id !== undefined) return { severity, id: Number(id) };
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that what_changed gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}

const DAY_MS = 86_400_000;

async function spanOf(
  store: Store,
  { since }: ChangesAsk,
  now: number,
): Promise<{ from: number; looks?: string[] }> {
  if (since.kind === 'moment') return { from: since.at };
  if (since.kind === 'last') return { from: now - 30 * DAY_MS };
  if (since.kind === 'baseline') return { from: 0 };
  const looks = await store.looks.list({ limit: MOST_LOOKS });
  const [before, after] = [since.before, since.after].map((task) =>
    looks.find(({ taskId }) => taskId === task),
  );
  if (!before || !after) {
    throw new PortolanError(
      'task_not_found',
      `The inventory has no look of task ${before ? since.after : since.before}.`,
      'Name two scans that have ended, as TASK..TASK; list_tasks shows them.',
    );
  }
  const between = looks.filter(
    ({ endedAt, site }) => site === after.site && endedAt > before.endedAt && endedAt <= after.endedAt,
  );
  return { from: before.endedAt, looks: between.map(({ hash }) => hash) };
}

/** Ranges that were looked at before that time and not since. */
async function notCompared(store: Store, from: number, now: number): Promise<string[]> {
  const looks = await lastLooks(store);
  return looks
    .filter(({ lastAt }) => lastAt < from)
    .map(
      ({ range, lastAt }) => `${range} (last look ${Math.max(1, Math.round((now - lastAt) / DAY_MS))} d ago)`,
    )
    .slice(0, 20);
}

type Held = Awaited<ReturnType<Store['changes']['suppressed']>>;

async function heldBack(store: Store, from: number): Promise<Held> {
  const looks = (await store.looks.list({ limit: MOST_LOOKS })).filter(({ endedAt }) => endedAt >= from);
  return await store.changes.suppressed(
    looks.map(({ hash }) => hash),
    MOST_SUPPRESSED,
  );
}

function byRule(held: Held): ChangesPage['suppressed'] {
  const sums = new Map<string, { rule: string; count: number; why: string }>();
  for (const { rule, count, why } of held) {
    const sum = sums.get(rule) ?? { rule, count: 0, why };
    sums.set(rule, { ...sum, count: sum.count + count });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}

/** Hosts that kept silent in looks from which nothing follows: too weak ones (rule R5), and blind ones (R6). */
function voidSilence(held: Held): string[] {
  const looks = held.filter(({ rule, why }) => rule === 'R6' || why === DOWNGRADED);
  return [...Map.groupBy(looks, ({ why }) => why)].map(([why, rows]) => {
    const count = new Set(rows.map(({ subject }) => subject)).size;
    const what = why === DOWNGRADED ? 'a look with weaker means than those before (downgraded)' : why;
    return `${count} silent in ${what}`;
  });
}

const STATES = {
  accept: 'accepted',
  acknowledge: 'ack',
  mute: 'muted',
  ignore: 'ignored',
  undo: 'open',
} as const satisfies Record<Decision, EventState>;

/** @throws PortolanError `change_not_found`, `needs_approval` */
export async function decide(store: Store, ask: DecisionAsk, asker: Asker, now: number): Promise<Decided> {
  const uids = [...new Set(ask.changes)];
  const found = await store.changes.page({ uids, limit: uids.length });
  const missing = uids.find((uid) => !found.some((one) => one.uid === uid));
  if (missing !== undefined) {
    throw new PortolanError(
      'change_not_found',
      `There is no change ${JSON.stringify(missing.slice(0, 64))}; nothing was decided.`,
      'Call what_changed to see which changes there are.',
    );
  }
  const grave = found.filter(({ severity }) => severity === 'high');
  if (grave.length > 0 && !asker.mayApprove) {
    throw new PortolanError(
      'needs_approval',
      `${grave.map(({ uid }) => uid).join(', ')}: of high severity; nothing was decided.`,
      'Leave these out, or have somebody with the scope inventory:approve decide.',
    );
  }
  const { decision, until, reason } = ask;
  const parts = await partsOf(store, found);
  const expected =
    decision === 'accept'
      ? [...found, ...parts].flatMap(
          (event) =>
            ofChange(event, {
              by: asker.name,
              at: now,
              reason: reason ?? `accepted change ${event.uid}`,
              expiresAt: until,
            }) ?? [],
        )
      : [];
  await store.changes.decide(
    [...uids, ...parts.map(({ uid }) => uid)],
    {
      state: STATES[decision],
      by: asker.name,
      at: now,
      ...(reason === undefined ? {} : { reason }),
      ...(until === undefined ? {} : { until }),
    },
    expected,
  );
  const nameOf = new Map(
    [...found, ...parts].map(({ asset = '', assetName, address }) => [asset, assetName ?? address ?? asset]),
  );
  return {
    changes: (await store.changes.page({ uids, limit: uids.length })).map(toChange),
    expected: expected.map((entry) => expectationLine(entry, nameOf.get(assetOf(entry) ?? ''))),
  };
}

/** Ports of changes that sum up many. */
const MOST_PARTS = 1000;

/** What is decided of a summary is decided of what it sums up. */
async function partsOf(store: Store, found: readonly KeptEvent[]): Promise<KeptEvent[]> {
  const summaries = found.filter(({ port }) => port === undefined);
  const parts = await Promise.all(
    summaries.map(({ uid }) => store.changes.page({ partOf: uid, limit: MOST_PARTS })),
  );
  return parts.flat();
}
