/** Makes the message of a delivery, from what is known when it is sent. */
import { type AlertItem, type HeldDelivery, OVER } from '../core/alert.ts';
import { SEVERITIES, type Severity } from '../core/asset.ts';
import type { KeptEvent } from '../store/inventory/change-reads.ts';
import type { Store } from '../store/store.ts';
import type { Message, Told } from './message.ts';
import { readOpeners } from './subject.ts';
import { lineOf, minuteOf, WORD_SUMS } from './words.ts';

/** Incidents that a message of many names; programs get more of them as data. */
const SAMPLE = 10;

/**
 * @param bulk how many incidents the channel takes as data
 * @returns undefined when nothing of it is known any more
 */
export async function compose(
  { deliveries, changes }: Pick<Store, 'deliveries' | 'changes'>,
  held: HeldDelivery,
  bulk: number,
  now: number,
): Promise<Message | undefined> {
  const items = await deliveries.items(held.id, Math.max(bulk, SAMPLE));
  const events = await readOpeners({ changes }, [...new Set(items.map(({ incident }) => incident))]);
  const byIncident = new Map(events.map((event) => [event.incidentId, event]));
  const told = items
    .flatMap((item) => {
      const event = byIncident.get(item.incident);
      return event ? [toTold(item, event)] : [];
    })
    .sort((a, b) => weight(b.severity) - weight(a.severity));
  const [first] = told;
  if (first === undefined) return undefined;
  const common = { id: held.uid, rule: held.rule, channel: held.channel, told, total: held.items, at: now };
  const over = told.every(({ word, closedAt }) => OVER.has(word) || closedAt !== undefined);
  if (held.items === 1) {
    const root = await deliveries.root(held.channelId, first.incident);
    return {
      ...common,
      severity: first.severity,
      title: first.line,
      lines: details(first),
      incident: first.incident,
      ...(root === undefined ? {} : { root }),
      over,
    };
  }
  const sums = await deliveries.sums(held.id);
  const gravest = sums.reduce<Severity>(
    (most, { severity }) => SEVERITIES.find((one) => one === severity && weight(one) > weight(most)) ?? most,
    'info',
  );
  return { ...common, severity: gravest, ...many(held.items, told, sums), over };
}

const weight = (severity: Severity) => SEVERITIES.indexOf(severity);

function many(
  total: number,
  told: readonly Told[],
  sums: Awaited<ReturnType<Store['deliveries']['sums']>>,
): Pick<Message, 'title' | 'lines'> {
  const byWord = Map.groupBy(sums, ({ word }) => word);
  const words = [...byWord].map(([word, some]) => `${countOf(some)} ${WORD_SUMS[word]}`);
  const kinds = [...Map.groupBy(sums, ({ kind }) => kind)]
    .map(([kind, some]) => ({ kind, count: countOf(some) }))
    .sort((a, b) => b.count - a.count);
  const left = total - Math.min(told.length, SAMPLE);
  return {
    title: `${total} changes: ${words.join(', ')}`,
    lines: [
      `By kind: ${kinds.map(({ kind, count }) => `${kind} ${count}`).join(', ')}`,
      ...told.slice(0, SAMPLE).map(({ severity, line }) => `[${severity}] ${line}`),
      ...(left > 0 ? [`and ${left} more: portolan changes lists them`] : []),
    ],
  };
}

const countOf = (some: readonly { count: number }[]) => some.reduce((sum, { count }) => sum + count, 0);

function details({ severity, site, openedAt, at, word, change, kind, asset }: Told): string[] {
  const when =
    word === 'opened'
      ? `Seen ${minuteOf(openedAt)}`
      : `Opened ${minuteOf(openedAt)}, ${WORD_SUMS[word]} ${minuteOf(at)}`;
  return [
    `Severity ${severity} · ${kind} · site ${site}`,
    when,
    `Change ${change}${asset === undefined ? '' : `, host ${asset}`}`,
    ...(word === 'opened' || word === 'reopened' || word === 'escalated'
      ? [
          `portolan accept ${change} says that it is as it should be; --decision acknowledge, that you take it up`,
        ]
      : []),
  ];
}

function toTold({ incident, word, by, at }: AlertItem, event: KeptEvent): Told {
  const { asset, address, assetName, port, protocol, before, after, closedAt, decidedBy, reason } = event;
  const who = by ?? decidedBy;
  return {
    incident,
    word,
    kind: event.kind,
    severity: event.severity,
    site: event.site,
    line: lineOf({ word, ...(by === undefined ? {} : { by }) }, event),
    change: event.uid,
    ...(asset === undefined ? {} : { asset }),
    ...(address === undefined ? {} : { address }),
    ...(assetName === undefined ? {} : { name: assetName }),
    ...(port === undefined ? {} : { port }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    openedAt: event.at,
    at,
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(who === undefined ? {} : { by: who }),
    ...(reason === undefined ? {} : { reason }),
  };
}
