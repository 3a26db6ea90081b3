/**
 * Makes the inventory of what scans found: each scan that has ended is handed in as a look and folded, one after another
 * and never on the path of a scan. What a crash left untold is told at the next start.
 */
import type { Config } from '../config/schema.ts';
import { formatAddress, parseNetwork } from '../core/address.ts';
import type { HostResult } from '../core/result.ts';
import { FINAL_STATES, type Task } from '../core/task.ts';
import { readAge } from '../inventory/proof/clock.ts';
import type { SiteNetwork } from '../store/inventory/site-reads.ts';
import type { Store } from '../store/open.ts';

export interface Remembering {
  /** Told of every change of a task; only its end counts. */
  changed(task: Task): void;
  /** Tells what was left untold, and folds what waits. */
  start(store: Store): Promise<void>;
  /** Resolves when all that has ended is remembered. */
  idle(): Promise<void>;
  /** Leaves what waits to the next start, and resolves when what is under way has been written. */
  stop(): Promise<void>;
}

/** Hosts that are read of the database at once. */
const PAGE = 500;
/** Scans told at a start, oldest first: the others come at the next. */
const MOST_UNTOLD = 1000;

export function createRemembering(parts: {
  config: Config;
  store: () => Promise<Store>;
  onDefect: (error: unknown) => void;
}): Remembering {
  const { config, store, onDefect } = parts;
  const ending = new AbortController();
  let last: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(() => (ending.signal.aborted ? undefined : work())).catch(onDefect);
    return last;
  };
  const siteOf = ({ request: { scanner } }: Task) =>
    (scanner === undefined ? undefined : config.remote.scanners[scanner]?.site) ?? config.inventory.site;

  async function tell(open: Store, task: Task): Promise<void> {
    // Behind imports: a process that scans nothing needs none of it.
    const [{ lookOf }, { handIn }] = await Promise.all([
      import('../scans/look.ts'),
      import('../inventory/hand-in.ts'),
    ]);
    const look = await lookOf(task, hostsOf(open, task.id), { site: siteOf(task) });
    if (look) await handIn(open, look);
  }

  async function fold(open: Store): Promise<void> {
    const { foldWaiting, rulesOf } = await import('../inventory/fold.ts');
    await foldWaiting(open, rulesOf(), {
      signal: ending.signal,
      onRefused: (_, error) => onDefect(error),
    });
  }

  return {
    changed(task) {
      if (!config.inventory.enabled || !FINAL_STATES.has(task.state) || task.startedAt === undefined) return;
      void inTurn(async () => {
        const open = await store();
        const ended = await open.tasks.get(task.id);
        if (ended) await tell(open, ended);
        await fold(open);
      });
    },
    start: (open) => {
      if (!config.inventory.enabled) return Promise.resolve();
      return inTurn(async () => {
        await describeNetworks(open, config);
        for (const id of await open.looks.untoldTasks(MOST_UNTOLD)) {
          if (ending.signal.aborted) return;
          const task = await open.tasks.get(id);
          if (task) await tell(open, task);
        }
        await fold(open);
      });
    },
    idle: () => last,
    async stop() {
      ending.abort();
      await last;
    },
  };
}

async function* hostsOf({ hosts }: Store, taskId: string): AsyncGenerator<HostResult> {
  for (let after = 0; ; ) {
    const page = await hosts.page(taskId, { after, limit: PAGE, downToo: true });
    for (const { host } of page) yield host;
    const end = page.at(-1);
    if (!end || page.length < PAGE) return;
    after = end.seq;
  }
}

/** Writes the networks of the configuration where they differ from those that are kept. */
async function describeNetworks(store: Store, { inventory }: Config): Promise<void> {
  const described = Map.groupBy(Object.entries(inventory.networks), ([, { site = inventory.site }]) => site);
  for (const [site, entries] of described) {
    const networks = entries.flatMap(
      ([name, { network, addresses, gateway, discovery, ports }]): SiteNetwork[] => {
        const span = parseNetwork(network);
        if (!span) return [];
        const objectives = Object.entries({ discovery, ports }).flatMap(([word, text]) => {
          const age = text === undefined ? undefined : readAge(text);
          return age === undefined ? [] : [[word, age] as const];
        });
        return [
          {
            first: formatAddress({ family: span.family, value: span.first }),
            last: formatAddress({ family: span.family, value: span.last }),
            name,
            ...(addresses === undefined ? {} : { kind: addresses }),
            ...(gateway === undefined ? {} : { gateway }),
            ...(objectives.length > 0 ? { objectives: Object.fromEntries(objectives) } : {}),
          },
        ];
      },
    );
    const kept = await store.sites.networks(site);
    if (JSON.stringify(sorted(kept)) !== JSON.stringify(sorted(networks)))
      await store.sites.setNetworks(site, networks);
  }
}

const sorted = (networks: readonly SiteNetwork[]) =>
  networks
    .map(({ first, last, name, kind, gateway, objectives }) => [first, last, name, kind, gateway, objectives])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])) || String(a[1]).localeCompare(String(b[1])));
