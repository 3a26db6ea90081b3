/** What a rule is asked about: an incident, as the change that opened it and the host it is about. */
import type { Asset, ChangeEvent } from '../core/asset.ts';
import { matches } from '../core/query/match.ts';
import type { Query } from '../core/query/query.ts';
import { wholeAsset } from '../inventory/ask-assets.ts';
import type { KeptEvent } from '../store/inventory/change-reads.ts';
import type { Store } from '../store/store.ts';

export interface Subject {
  event: KeptEvent;
  asset: Asset;
  /** The schedule whose scan found it, and the rule that is to be told of what it finds. */
  schedule?: { name: string; notify?: string };
}

/** Whether a rule wants it told: what its query asks for, and all that schedules find which name the rule. */
export function isWanted(
  { name, schedule }: { name: string; schedule?: string | undefined },
  query: Query | undefined,
  subject: Subject,
  now: number,
): boolean {
  if (subject.schedule?.notify === name) return true;
  return (schedule === undefined || schedule === subject.schedule?.name) && concerns(query, subject, now);
}

/** Whether a rule, or a maintenance window, is about it. Of the host's incidents this one alone counts. */
export function concerns(query: Query | undefined, { event, asset }: Subject, now: number): boolean {
  if (query === undefined) return true;
  const { kind, severity, expected } = event;
  return matches(query, asset, { now, incidents: [{ kind, severity, unexpected: expected !== true }] });
}

/** Reads incidents with their hosts; of what is gone meanwhile there is nothing. */
export async function readSubjects(
  store: Pick<Store, 'changes' | 'assets' | 'folds' | 'schedules'>,
  incidents: readonly string[],
): Promise<Map<string, Subject>> {
  const found = new Map<string, Subject>();
  const assets = new Map<string, Asset | undefined>();
  const events = await readOpeners(store, incidents);
  const scheduled = await store.schedules.ofLooks([...new Set(events.map(({ lookAfter }) => lookAfter))]);
  const schedules = new Map(scheduled.map(({ look, ...schedule }) => [look, schedule]));
  for (const event of events) {
    const { asset, incidentId = '' } = event;
    if (asset !== undefined && !assets.has(asset)) assets.set(asset, await wholeAsset(store, asset));
    const whole = asset === undefined ? undefined : assets.get(asset);
    const schedule = schedules.get(event.lookAfter);
    found.set(incidentId, {
      event,
      asset: asTheChangeSeesIt(whole ?? nobody(event), event),
      ...(schedule === undefined ? {} : { schedule }),
    });
  }
  return found;
}

/** The change that opened each incident. */
export async function readOpeners(
  { changes }: Pick<Store, 'changes'>,
  incidents: readonly string[],
): Promise<KeptEvent[]> {
  if (incidents.length === 0) return [];
  const events = await changes.page({ incidents, limit: incidents.length * 2 });
  const first = new Map<string, KeptEvent>();
  for (const event of events)
    if (event.incidentId !== undefined && !first.has(event.incidentId)) first.set(event.incidentId, event);
  return [...first.values()];
}

/** Of a change of one port, that port alone is asked for, in whatever state it is now. */
function asTheChangeSeesIt(asset: Asset, { port, protocol, address }: ChangeEvent): Asset {
  const known = asset.addresses.some((one) => one.address === address && one.to === undefined);
  const addresses =
    address === undefined || known ? asset.addresses : [...asset.addresses, { address, from: 0, look: '' }];
  if (port === undefined) return { ...asset, addresses };
  const [own] = asset.services.filter((one) => one.port === port && one.protocol === (protocol ?? 'tcp'));
  const service = own ?? {
    vantage: '',
    protocol: protocol ?? 'tcp',
    port,
    against: { strong: 0, all: 0 },
    changedAt: 0,
    confirmedAt: 0,
    turns: [],
    recent: [],
  };
  return { ...asset, addresses, services: [{ ...service, word: 'open' }] };
}

/** What is about a whole network has no host. */
function nobody({ site, at, after }: ChangeEvent): Asset {
  return {
    uid: '',
    site,
    ...(after === undefined ? {} : { name: after }),
    class: 'normal',
    state: 'present',
    criticality: 'normal',
    static: false,
    tags: [],
    firstSeen: at,
    lastSeen: at,
    stateSince: at,
    misses: 0,
    flags: [],
    confidence: 0,
    identifiers: [],
    addresses: [],
    services: [],
    facts: [],
  };
}
