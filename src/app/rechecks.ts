/**
 * Asks once more for what one look found shut, half a minute to a minute later: two answers make a change (rule R3), and
 * nobody has to wait for the next scan to hear of it. A small scan of its own, linked to the first, which is over by then.
 */
import type { Config } from '../config/schema.ts';
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { Folded, Recheck } from '../core/fold.ts';
import { formatPorts } from '../core/port-set.ts';
import type { Task } from '../core/task.ts';
import { isHandle } from '../nmap/ssh/handle.ts';
import type { ScanService } from '../scans/service.ts';
import type { Store } from '../store/open.ts';

export interface Rechecks {
  /** Told of each look of a scan that was folded. */
  folded(taskId: string, folded: Pick<Folded, 'recheck'>): void;
  /** Those that wait are left out: the next scan asks again anyway. */
  stop(): void;
}

/** More shut ports than these are no blip of one service; the next scan settles them. */
const MOST_HOSTS = 32;
const MOST_PORTS = 64;
/** How a port is asked: as the first scan asked it. */
const TECHNIQUES: ReadonlySet<string> = new Set(['-sS', '-sT']);

export function createRechecks(parts: {
  config: Config;
  store: () => Promise<Store>;
  scans: Pick<ScanService, 'submit'>;
  onDefect: (error: unknown) => void;
}): Rechecks {
  const { config, store, scans, onDefect } = parts;
  const waiting = new Set<NodeJS.Timeout>();

  async function ask(taskId: string, shut: readonly Recheck[]): Promise<void> {
    const task = await (await store()).tasks.get(taskId);
    // One that asked again has said the last word.
    if (!task || task.request.recheckOf !== undefined) return;
    const { scanner } = task.request;
    if (scanner !== undefined && isHandle(scanner)) return;
    for (const six of [false, true]) {
      const some = shut.filter(({ address }) => address.includes(':') === six);
      if (some.length === 0) continue;
      try {
        await scans.submit(requestOf(task, some, six), ownerOf(task));
      } catch (error) {
        // No place, or no longer allowed: it is a courtesy, and the next scan asks again.
        if (!(error instanceof PortolanError)) throw error;
      }
    }
  }

  return {
    folded(taskId, { recheck = [] }) {
      const seconds = config.inventory.recheckSeconds;
      const shut = recheck.filter(({ protocol }) => protocol === 'tcp');
      const hosts = new Set(shut.map(({ address }) => address)).size;
      const ports = new Set(shut.map(({ port }) => port)).size;
      if (seconds === 0 || hosts === 0 || hosts > MOST_HOSTS || ports > MOST_PORTS) return;
      const timer = setTimeout(() => {
        waiting.delete(timer);
        ask(taskId, shut).catch(onDefect);
      }, seconds * 1000);
      timer.unref();
      waiting.add(timer);
    },
    stop() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}

function requestOf({ id, request }: Task, shut: readonly Recheck[], six: boolean) {
  const technique = request.options.filter(({ flag }) => TECHNIQUES.has(flag));
  const ports = formatPorts([...new Set(shut.map(({ port }) => port))]);
  return {
    tool: 'custom_scan',
    targets: [...new Set(shut.map(({ address }) => address))],
    options: [
      ...technique,
      ...(six ? [{ flag: '-6' }] : []),
      { flag: '-Pn' },
      { flag: '-n' },
      { flag: '-p', value: `T:${ports}` },
    ],
    ...(request.scanner === undefined ? {} : { scanner: request.scanner }),
    recheckOf: id,
  };
}

/** In the name of whoever asked for the first: it shows among their tasks, and counts towards their share. */
const ownerOf = ({ owner }: Task): Caller => ({
  id: owner,
  name: 'recheck',
  scopes: new Set(['scan:read', 'scan:run'] as const),
});
