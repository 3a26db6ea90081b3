/** What our own scans know, for those who read captures: joins the store to captures and intel, which know neither. */
import { networkInterfaces } from 'node:os';
import { type OurScans, ourScan } from '../captures/ours.ts';
import { namesOf } from '../core/host-names.ts';
import type { Task } from '../core/task.ts';
import type { LocalKnowledge } from '../intel/enrichment.ts';
import type { LocalDependencies } from '../intel/local.ts';
import type { Store } from '../store/open.ts';

/** More scans than this in the time of one capture are not compared. */
const MOST = 500;

/** Our scans at the time of a capture, from wherever they were run. */
export function ourScans(store: () => Promise<Store>): OurScans {
  return async (from, to) => {
    const tasks = await (await store()).tasks.ranBetween(from, to, MOST);
    return tasks.flatMap((task) => ourScan(task, sourcesOf(task)) ?? []);
  };
}

/** Where its packets came from; of scans stored before that was kept, this machine, if it was here. */
function sourcesOf({ run, request }: Task): string[] {
  if (run?.reach) return run.reach.sources.map((source) => source.split('/')[0] ?? source);
  if (request.scanner !== undefined) return [];
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map(({ address }) => address);
}

/** What the newest scan of an address found. */
export function inventory(store: () => Promise<Store>): NonNullable<LocalDependencies['inventory']> {
  return async (ip) => {
    const open = await store();
    const [seen, asset] = [await open.hosts.lastSeen(ip), await assetOf(open, ip)];
    if (!seen) return asset && { asset };
    const { host, taskId, startedAt } = seen;
    const os = host.os?.[0]?.name;
    return {
      ...(host.mac ? { mac: host.mac } : {}),
      ...(host.hostnames ? { names: namesOf(host) } : {}),
      ...(asset ? { asset } : {}),
      scanned: {
        last_scanned: new Date(startedAt).toISOString(),
        open_ports: host.ports
          .filter((port) => port.state === 'open')
          .map(({ port, protocol, service }) => `${port}/${protocol}${service ? ` ${service}` : ''}`),
        ...(os ? { os } : {}),
        task_id: taskId,
      },
    };
  };
}

/** Where several sites know the address, the one seen last. */
async function assetOf({ assets }: Store, ip: string): Promise<LocalKnowledge['asset']> {
  const [uid] = await assets.find(ip);
  if (uid === undefined) return undefined;
  const [line] = await assets.page({ where: { uid: [uid] }, limit: 1 });
  return (
    line && {
      asset_id: line.uid,
      site: line.site,
      ...(line.name === undefined ? {} : { name: line.name }),
      first_seen: new Date(line.firstSeen).toISOString(),
      state: line.state,
    }
  );
}
