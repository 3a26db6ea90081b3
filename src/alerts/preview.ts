/** What a rule would have sent, had it been there for the last 30 days: by today's knowledge of the hosts. */
import { SEVERITIES } from '../core/asset.ts';
import type { KeptEvent } from '../store/inventory/change-reads.ts';
import type { Store } from '../store/store.ts';
import { WITHIN_MS } from './deliver.ts';
import { queryOf } from './expand.ts';
import type { Preview, PreviewAsk } from './service.ts';
import { isWanted, readSubjects } from './subject.ts';
import { dueAt } from './timing.ts';
import { lineOf, minuteOf } from './words.ts';

const DAYS = 30;
const PAGE = 200;
/** Changes that are looked at. */
const MOST = 20_000;
const SAMPLE = 5;

export async function preview(
  store: Pick<Store, 'alertSettings' | 'changes' | 'assets' | 'folds' | 'schedules'>,
  { name, schedule, query, channels, timing }: PreviewAsk,
  now: number,
): Promise<Preview> {
  const asked = queryOf(query);
  const least = (await store.alertSettings.channels())
    .filter(({ name }) => channels.includes(name))
    .map(({ minSeverity }) => SEVERITIES.indexOf(minSeverity));
  const sample: string[] = [];
  const times: number[] = [];
  for await (const events of pages(store, now)) {
    const uids = events.flatMap(({ incidentId }) => incidentId ?? []);
    for (const subject of (await readSubjects(store, uids)).values()) {
      const { event } = subject;
      const weight = SEVERITIES.indexOf(event.severity);
      if (least.length > 0 && !least.some((one) => weight >= one)) continue;
      if (!isWanted({ name, schedule }, asked, subject, now)) continue;
      times.push(dueAt(timing, event.severity, event.seenAt).at);
      sample.push(`${minuteOf(event.at)} [${event.severity}] ${lineOf({ word: 'opened' }, event)}`);
      if (sample.length > SAMPLE) sample.shift();
    }
  }
  const messages = timing.digest === 'each' ? singles(times, timing.most) : new Set(times).size;
  return { days: DAYS, incidents: times.length, messages, sample: sample.reverse() };
}

async function* pages({ changes }: Pick<Store, 'changes'>, now: number): AsyncGenerator<KeptEvent[]> {
  let after = 0;
  for (let seen = 0; seen < MOST; seen += PAGE) {
    const events = await changes.page({ since: now - DAYS * 86_400_000, after, limit: PAGE });
    yield events.filter(({ incidentId, closedWhy }) => incidentId !== undefined || closedWhy !== undefined);
    const last = events.at(-1);
    if (last === undefined || events.length < PAGE) return;
    after = last.id;
  }
}

/** Each by itself, but no more than so many within ten minutes. */
function singles(times: readonly number[], most: number): number {
  const sent: number[] = [];
  for (const at of times.toSorted((a, b) => a - b))
    if (sent.filter((one) => one > at - WITHIN_MS).length < most) sent.push(at);
  return sent.length;
}
