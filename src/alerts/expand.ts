/** Asks rules about what happened to incidents, and writes down what is to be told where, and when. */
import {
  type AlertChannel,
  type AlertRule,
  type AlertWindow,
  type NewItem,
  type OutboxEntry,
  OVER,
} from '../core/alert.ts';
import { SEVERITIES } from '../core/asset.ts';
import { parseQuery } from '../core/query/parse.ts';
import type { Query } from '../core/query/query.ts';
import type { Store } from '../store/store.ts';
import { concerns, isWanted, readSubjects, type Subject } from './subject.ts';
import { dueAt } from './timing.ts';

/** Entries of the outbox at once. */
const PAGE = 200;
const MINUTE_MS = 60_000;

type Parts = Pick<Store, 'alertSettings' | 'deliveries' | 'changes' | 'assets' | 'folds' | 'schedules'>;

/** @returns how many entries of the outbox were taken; there may be more when it is not 0 */
export async function expandSome(store: Parts, now: number): Promise<number> {
  const entries = await store.deliveries.outbox(PAGE);
  if (entries.length === 0) return 0;
  const settings = await readSettings(store);
  const uids = [...new Set(entries.map(({ incident }) => incident))];
  const opening = entries.filter(({ word }) => word === 'opened').map(({ incident }) => incident);
  const subjects = await readSubjects(store, [...new Set(opening)]);
  const told = await store.deliveries.told(uids);
  const items = new Map<number, NewItem[]>();
  for (const entry of entries) {
    if (entry.word === 'opened') {
      const subject = subjects.get(entry.incident);
      const news = subject ? openingItems(settings, entry, subject, now) : [];
      for (const { incident, ruleId, channelId, word } of news)
        told.push({ incident, ruleId, channelId, word, packed: false });
      items.set(entry.id, news);
    } else items.set(entry.id, followingItems(settings, entry, told, now));
  }
  await store.deliveries.expand([...items].map(([id, news]) => ({ id, items: news })));
  return entries.length;
}

export interface Settings {
  channels: Map<string, AlertChannel>;
  rules: { rule: AlertRule; query: Query | undefined }[];
  windows: { window: AlertWindow; query: Query | undefined }[];
}

export async function readSettings({ alertSettings }: Pick<Store, 'alertSettings'>): Promise<Settings> {
  const [channels, rules, windows] = await Promise.all([
    alertSettings.channels(),
    alertSettings.rules(),
    alertSettings.windows(),
  ]);
  return {
    channels: new Map(channels.map((channel) => [channel.name, channel])),
    rules: rules.filter(({ enabled }) => enabled).map((rule) => ({ rule, query: queryOf(rule.query) })),
    windows: windows.map((window) => ({ window, query: queryOf(window.query) })),
  };
}

/** @throws PortolanError `invalid_argument` */
export const queryOf = (text: string): Query | undefined =>
  text.trim() === '' ? undefined : parseQuery(text);

/** Of several rules that want it told in one channel the first one does. */
export function openingItems(
  { channels, rules, windows }: Settings,
  { incident, word, at }: Pick<OutboxEntry, 'incident' | 'word' | 'at'>,
  subject: Subject,
  now: number,
): NewItem[] {
  const items = new Map<number, NewItem>();
  const { severity } = subject.event;
  const weighs = ({ minSeverity }: AlertChannel) =>
    SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minSeverity);
  for (const { rule, query } of rules) {
    if (at < rule.madeAt || !isWanted(rule, query, subject, now)) continue;
    const ends = windows
      .filter(
        ({ window, query: hosts }) => at >= window.from && at < window.to && concerns(hosts, subject, now),
      )
      .map(({ window }) => window.to);
    const due = dueAt(rule.timing, severity, Math.max(now, ...ends));
    const held = ends.length > 0 ? 'window' : due.held;
    for (const name of rule.channels) {
      const channel = channels.get(name);
      if (channel === undefined || items.has(channel.id) || !weighs(channel)) continue;
      items.set(channel.id, {
        ...{ ruleId: rule.id, channelId: channel.id, incident, word, at, dueAt: due.at },
        ...(held === undefined ? {} : { held }),
      });
    }
    const { escalate } = rule.timing;
    const second = escalate && channels.get(escalate.channel);
    if (escalate && second && !items.has(second.id))
      items.set(second.id, {
        ...{ ruleId: rule.id, channelId: second.id, incident, word: 'escalated', at },
        dueAt: due.at + escalate.minutes * MINUTE_MS,
        held: 'escalation',
      });
  }
  return [...items.values()];
}

/** Whoever was told that it opened is told what became of it; whoever was not yet, hears of both at once. */
function followingItems(
  { rules, channels }: Settings,
  { incident, word, by, at }: OutboxEntry,
  told: Awaited<ReturnType<Store['deliveries']['told']>>,
  now: number,
): NewItem[] {
  const known = new Set([...channels.values()].map(({ id }) => id));
  const items = new Map<number, NewItem>();
  for (const one of told) {
    if (one.incident !== incident || !known.has(one.channelId)) continue;
    if (!one.packed && (OVER.has(word) || word === 'acknowledged')) continue;
    const rule = rules.find((each) => each.rule.id === one.ruleId)?.rule;
    const due = rule ? dueAt(rule.timing, 'info', now) : { at: now };
    items.set(one.channelId, {
      ...{ ruleId: one.ruleId, channelId: one.channelId, incident, word, at, dueAt: due.at },
      ...(by === undefined ? {} : { by }),
      ...(due.held === undefined ? {} : { held: due.held }),
    });
  }
  return [...items.values()];
}
