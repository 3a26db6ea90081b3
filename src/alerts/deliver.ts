/**
 * The job that sends: asks rules what is to be told, makes messages of what is due, and hands them to channels, one of a
 * channel at a time. Several may work on one database, and each may die at any moment: what was not noted as sent is sent
 * again, under the same key.
 */

import type { AlertChannel, HeldDelivery } from '../core/alert.ts';
import { SEVERITIES } from '../core/asset.ts';
import type { Store } from '../store/store.ts';
import { channelKind } from './channels/index.ts';
import { compose } from './compose.ts';
import { expandSome } from './expand.ts';
import { ChannelFailure } from './outgoing/failure.ts';
import { asMessage, REPORTED_BY, weeklyReport } from './report.ts';
import { type Surroundings, send } from './send.ts';
import { lastReport } from './timing.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Pauses before the second attempt and those behind it; the last one again and again. */
const PAUSES_MS = [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS];
/** A message that is older than this and cannot be sent is given up. */
const GIVE_UP_MS = 72 * HOUR_MS;
/** Within which a rule sends so many messages. */
export const WITHIN_MS = 10 * MINUTE_MS;

export interface Delivering {
  store: Store;
  around: Surroundings;
  /** Of this process, as the database knows it. */
  instanceId: string;
  /** Numbers of the deliveries that are on their way from here. */
  underWay: Set<number>;
  now: () => number;
  signal?: AbortSignal | undefined;
  /** Told of each attempt; without a reason it has arrived. */
  onAttempt?: (delivery: HeldDelivery, failure?: string) => void;
}

/** Sends all that is due. @returns how many messages arrived, and how many did not */
export async function deliverDue(parts: Delivering): Promise<{ sent: number; failed: number }> {
  const { store, now, signal } = parts;
  while ((await expandSome(store, now())) > 0) if (signal?.aborted) break;
  await packDue(parts);
  await reportsDue(parts);
  const counts = { sent: 0, failed: 0 };
  while (!signal?.aborted) {
    const held = await store.deliveries.claim(parts.instanceId, now(), [...parts.underWay]);
    if (held === undefined) break;
    const arrived = await deliver(parts, held);
    counts[arrived ? 'sent' : 'failed'] += 1;
  }
  return counts;
}

async function packDue({ store, now }: Delivering): Promise<void> {
  const due = await store.deliveries.due(now());
  if (due.length === 0) return;
  const [channels, rules] = await Promise.all([store.alertSettings.channels(), store.alertSettings.rules()]);
  for (const { ruleId, channelId } of due) {
    const [rule, channel] = [
      rules.find(({ id }) => id === ruleId),
      channels.find(({ id }) => id === channelId),
    ];
    if (!rule || !channel) continue;
    const bulk = channelKind(channel.kind)?.bulk ?? 1;
    await store.deliveries.pack({
      ...{ ruleId, channelId, now: now(), most: rule.timing.most, withinMs: WITHIN_MS },
      together: rule.timing.digest !== 'each',
      // People get all that is more than a sample as numbers.
      bulk: bulk < SAMPLED ? Number.MAX_SAFE_INTEGER : bulk,
    });
  }
}

/** The reports whose time has come, each by whichever process is first. */
async function reportsDue({ store, now }: Delivering): Promise<void> {
  for (const { id, kind, report } of await store.alertSettings.channels()) {
    if (report === undefined || kind !== REPORTED_BY) continue;
    const due = lastReport(report, now());
    if (due === undefined || (await store.deliveries.hasReport(id, due))) continue;
    await store.deliveries.report(id, due, now());
  }
}

/** A channel that takes fewer than this as data gets a sample. */
const SAMPLED = 100;

async function deliver(parts: Delivering, held: HeldDelivery): Promise<boolean> {
  const { store, around, underWay, now, onAttempt } = parts;
  underWay.add(held.id);
  try {
    const channel = (await store.alertSettings.channels()).find(({ id }) => id === held.channelId);
    if (channel === undefined) return false;
    try {
      const receipt = await sendTo(parts, channel, held);
      if (await store.deliveries.sent(held, now(), receipt)) onAttempt?.(held);
      return true;
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error;
      const retryAt = error.final ? undefined : nextAttempt(held, error.afterMs, now());
      if (await store.deliveries.failed(held, error.message, now(), retryAt))
        onAttempt?.(held, error.message);
      return false;
    }
  } finally {
    underWay.delete(held.id);
  }

  async function sendTo({ store }: Delivering, channel: AlertChannel, held: HeldDelivery) {
    if (held.reportAt !== undefined) {
      const report = await weeklyReport(store, held.reportAt, now());
      return (await send(channel, asMessage(report, held, now()), around)).receipt;
    }
    const message = await compose(store, held, channelKind(channel.kind)?.bulk ?? 1, now());
    // What it was about is forgotten: there is nothing to say.
    if (message === undefined) return undefined;
    return (await send(channel, message, around)).receipt;
  }
}

/** @returns undefined when it is given up */
function nextAttempt({ attempt, madeAt }: HeldDelivery, afterMs = 0, now = 0): number | undefined {
  if (now - madeAt >= GIVE_UP_MS) return undefined;
  const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length) - 1] ?? MINUTE_MS;
  return now + Math.max(pause, Math.min(afterMs, HOUR_MS));
}

/** A message that only shows that a channel works. */
export function testMessage(channel: string, id: string, now: number) {
  return {
    id,
    rule: 'test',
    channel,
    severity: SEVERITIES[0],
    title: 'Test: alerts of Portolan arrive here',
    lines: ['This is no alert. Somebody ran portolan alerts test.'],
    told: [],
    total: 0,
    at: now,
    over: false,
    test: true,
  } as const;
}
