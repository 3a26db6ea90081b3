/** What Portolan tells of the reports of an office: read, made looks of and folded as its own scans are, in a real store. */
import type { ChangeEvent } from '../../../src/core/asset.ts';
import type { RunFacts } from '../../../src/core/details.ts';
import type { HostResult } from '../../../src/core/result.ts';
import type { Task } from '../../../src/core/task.ts';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import { handIn } from '../../../src/inventory/hand-in.ts';
import { createXmlReader } from '../../../src/nmap/xml/parse.ts';
import { lookOf } from '../../../src/scans/look.ts';
import type { Store } from '../../../src/store/store.ts';
import { NETS } from './office.ts';
import { TAKES, targetsOf } from './report.ts';

const SITE = 'office';

/** As an administrator describes them in the configuration. */
export const described = (['static', 'dhcp', 'guest', 'static'] as const).map((kind, at) => ({
  first: `${NETS[at]}.0`,
  last: `${NETS[at]}.255`,
  name: ['servers', 'office', 'guests', 'dmz'][at] ?? '',
  kind,
  gateway: `${NETS[at]}.1`,
}));

export async function describe(store: Store): Promise<void> {
  await store.sites.setNetworks(SITE, described);
}

/** What a report led to. */
export interface Folding {
  /** Those that are parts of others among them. */
  events: ChangeEvent[];
  /** Keys of incidents that are over. */
  closed: string[];
  /** Which asset was seen at each address. */
  assets: ReadonlyMap<string, string>;
}

/** @param at when the scan began, ms */
export async function tell(store: Store, xml: string, at: number, routed: boolean): Promise<Folding> {
  const look = await lookOf(...read(xml, at, routed), { site: SITE });
  if (!look) throw new Error('the scan is no look');
  await handIn(store, look);
  const told: ChangeEvent[] = [];
  const over: string[] = [];
  const assets = new Map<string, string>();
  await foldWaiting(store, rulesOf(), {
    onFolded: (_, { events, notes, closed }) => {
      over.push(...closed.map(({ dedupeKey }) => dedupeKey));
      told.push(...events);
      for (const { address, asset } of notes)
        if (asset !== undefined && address !== undefined) assets.set(address, asset);
    },
    onRefused: (_, error) => {
      throw error;
    },
  });
  return { events: told, closed: over, assets };
}

function read(xml: string, at: number, routed: boolean): [Task, HostResult[]] {
  const hosts: HostResult[] = [];
  const asked: RunFacts['asked'] = [];
  const reader = createXmlReader({
    host: (host) => hosts.push(host),
    scanInfo: ({ type, protocol, services, ports }) => asked.push({ type, protocol, count: services, ports }),
  });
  reader.write(xml);
  const { truncated } = reader.end();
  const endedAt = at + TAKES * 1000;
  const task: Task = {
    id: `scan_${at}`,
    state: truncated ? 'failed' : 'completed',
    owner: 'local',
    request: {
      tool: 'custom_scan',
      targets: targetsOf,
      options: [
        { flag: '-sS' },
        { flag: '-sU' },
        { flag: '-sV' },
        { flag: '--script', value: 'ssh-hostkey,ssl-cert' },
      ],
    },
    createdAt: at,
    startedAt: at,
    endedAt,
    run: {
      asked,
      reach: {
        targets: targetsOf,
        raw: true,
        sources: routed ? [] : NETS.slice(0, 3).map((net) => `${net}.2/24`),
      },
    },
    addressesTotal: NETS.length * 256,
    hostsDone: hosts.length,
    hostsUp: hosts.length,
    openPorts: 0,
    coverage: [],
    attempts: 1,
  };
  return [task, hosts];
}
