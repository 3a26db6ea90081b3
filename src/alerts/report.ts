/** The report of a week by mail: what is new, gone and unexpected, what was looked at, and which certificates end. */
import type { HeldDelivery } from '../core/alert.ts';
import { SEVERITIES } from '../core/asset.ts';
import { cleanField } from '../core/clean.ts';
import { EXPIRING_MS } from '../core/query/query.ts';
import { askAssets, wholeAsset } from '../inventory/ask-assets.ts';
import { askCoverage } from '../inventory/ask-coverage.ts';
import type { CoverageRow } from '../inventory/service.ts';
import type { KeptEvent } from '../store/inventory/change-reads.ts';
import type { Store } from '../store/store.ts';
import type { Message } from './message.ts';
import { lineOf, minuteOf } from './words.ts';

/** The kind of channel that takes reports. */
export const REPORTED_BY = 'email';

const WEEK_MS = 7 * 86_400_000;
/** Lines of one part: nobody reads more, and the commands tell the rest. */
const MOST_LINES = 15;
const PAGE = 500;
/** Changes that are looked at. */
const MOST = 20_000;

const NEW = new Set(['host.new', 'port.opened', 'port.discovered']);
const GONE = new Set(['host.missing', 'port.closed', 'port.unreachable']);

export interface Part {
  heading: string;
  lines: readonly string[];
}

export interface Report {
  title: string;
  parts: readonly Part[];
}

/**
 * @param until the end of the week, in milliseconds since the epoch
 * @param now of coverage and certificates, which are told as they are
 */
export async function weeklyReport(store: Store, until: number, now: number): Promise<Report> {
  const { events, cut } = await changesOf(store, until);
  const fresh = events.filter(({ kind }) => NEW.has(kind));
  const gone = events.filter(({ kind }) => GONE.has(kind));
  const unexpected = events.filter(isUnexpected);
  const [coverage, certificates] = await Promise.all([
    coveragePart(store, now),
    certificatesPart(store, now),
  ]);
  const parts = [
    ofChanges('New', fresh),
    ofChanges('Gone', gone),
    ofChanges('Unexpected, and nobody has decided about it', unexpected),
    coverage,
    certificates,
    ...(cut ? [{ heading: 'Not all of it', lines: [`Only the first ${MOST} changes were read.`] }] : []),
  ];
  return {
    title: `Week to ${minuteOf(until)}: ${fresh.length} new, ${gone.length} gone, ${unexpected.length} unexpected`,
    parts: parts.map(({ heading, lines }) => ({ heading, lines: lines.map((line) => cleanField(line)) })),
  };
}

/** As a channel gets it. */
export function asMessage(
  { title, parts }: Report,
  { uid, rule, channel }: Pick<HeldDelivery, 'uid' | 'rule' | 'channel'>,
  now: number,
): Message {
  const common = { rule, channel, severity: SEVERITIES[0], told: [], total: 0, over: false };
  return { ...common, id: uid, title, lines: linesOf(parts), parts, at: now };
}

/** The parts in a row, for those who read plain text. */
export const linesOf = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ heading, lines }, at) => [
    ...(at === 0 ? [] : ['']),
    heading,
    ...lines.map((line) => `- ${line}`),
  ]);

async function changesOf({ changes }: Store, until: number): Promise<{ events: KeptEvent[]; cut: boolean }> {
  const span = { since: until - WEEK_MS, before: until, limit: PAGE };
  const events: KeptEvent[] = [];
  for (let after = 0; events.length < MOST; ) {
    const page = await changes.page({ ...span, after });
    events.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return { events, cut: false };
    after = last.id;
  }
  return { events, cut: true };
}

const isUnexpected = ({ incidentId, expected, state, closedAt }: KeptEvent) =>
  incidentId !== undefined &&
  expected !== true &&
  closedAt === undefined &&
  (state === 'open' || state === 'ack');

function ofChanges(name: string, events: readonly KeptEvent[]): Part {
  const gravest = events.toSorted((a, b) => weight(b) - weight(a) || b.id - a.id);
  const lines = gravest.map((event) => `[${event.severity}] ${lineOf({ word: 'opened' }, event)}`);
  return partOf(name, lines, events.length, 'portolan changes lists them');
}

const weight = ({ severity }: KeptEvent) => SEVERITIES.indexOf(severity);

function partOf(name: string, lines: readonly string[], total: number, more: string): Part {
  const left = total - Math.min(lines.length, MOST_LINES);
  return {
    heading: `${name}: ${total}`,
    lines: [...lines.slice(0, MOST_LINES), ...(left > 0 ? [`and ${left} more: ${more}`] : [])],
  };
}

async function coveragePart(store: Store, now: number): Promise<Part> {
  const rows = await askCoverage(store, undefined, now);
  const lines = rows.toSorted((a, b) => Number(b.overdue) - Number(a.overdue)).map(coverageLine);
  const late = rows.filter(({ overdue }) => overdue).length;
  const { lines: some } = partOf('', lines, rows.length, 'portolan coverage lists them');
  if (rows.length === 0) return { heading: 'Coverage', lines: ['No network was looked at yet.'] };
  return { heading: `Coverage: ${late} of ${rows.length} overdue`, lines: some };
}

function coverageLine({
  site,
  network,
  aspect,
  within,
  addresses,
  objective,
  lastLook,
  overdue,
}: CoverageRow): string {
  const share = `${within} of ${addresses} addresses${objective === undefined ? '' : ` within ${objective}`}`;
  const last = lastLook === undefined ? 'never' : minuteOf(lastLook);
  return `${overdue ? 'OVERDUE ' : ''}${site} ${network} ${aspect}: ${share}, last ${last}`;
}

async function certificatesPart(store: Store, now: number): Promise<Part> {
  const { total, assets } = await askAssets(store, { query: 'has:cert_expiring', limit: MOST_LINES }, now);
  const lines: string[] = [];
  for (const { uid, name, addresses } of assets) {
    const [address = uid] = addresses;
    const host = name === undefined || name === address ? address : `${name} (${address})`;
    const ends = await endsOf(store, uid, now);
    lines.push(`${host}: ${ends.join(', ')}`);
  }
  return partOf(
    'Hosts whose certificates end within 14 days, or have ended',
    lines,
    total,
    'portolan assets has:cert_expiring lists them',
  );
}

async function endsOf(store: Store, uid: string, now: number): Promise<string[]> {
  const asset = await wholeAsset(store, uid);
  return (asset?.facts ?? []).flatMap(({ fact, endedAt }) =>
    endedAt === undefined &&
    fact.type === 'cert' &&
    fact.notAfter !== undefined &&
    fact.notAfter < now + EXPIRING_MS
      ? [`${fact.port}/${fact.protocol} ${minuteOf(fact.notAfter).slice(0, 10)}`]
      : [],
  );
}
