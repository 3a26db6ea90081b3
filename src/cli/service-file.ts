/** The file that says which process the service is: pid and start time, so that a pid given to another is not it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { dataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { isAlive } from '../nmap/machine/processes.ts';

const Service = z.object({
  pid: z.int().min(2),
  startTicks: z.number().optional(),
  startedAt: z.number(),
  /** Arguments behind `serve`, for a restart. */
  args: z.array(z.string()),
  url: z.string().optional(),
});
export type Service = z.infer<typeof Service>;

export interface ServicePlaces {
  pidFile: string;
  /** What the service says, where the configuration names no log file. */
  log: string;
}

/** Beside the database: a second service on the same data is refused. */
export function placesOf(config: Pick<Config, 'scans' | 'logging'>): ServicePlaces {
  const folder = dataFolder(config);
  return { pidFile: join(folder, 'service.json'), log: config.logging.file ?? join(folder, 'service.log') };
}

/** The service that runs; undefined when none does. What a dead one left is not one. */
export function runningService({ pidFile }: ServicePlaces): Service | undefined {
  const service = lastService({ pidFile });
  return service && isAlive(service.pid, service.startTicks) ? service : undefined;
}

/** The one that was noted last, whether or not it runs. */
export function lastService({ pidFile }: Pick<ServicePlaces, 'pidFile'>): Service | undefined {
  try {
    return Service.parse(JSON.parse(readFileSync(pidFile, 'utf8')));
  } catch {
    return undefined; // none was ever started, or the file is none of ours
  }
}

export function noteService({ pidFile }: ServicePlaces, service: Service): void {
  mkdirSync(dirname(pidFile), { recursive: true, mode: 0o700 });
  writeFileSync(pidFile, `${JSON.stringify(service)}\n`, { mode: 0o600 });
}

export function forgetService({ pidFile }: ServicePlaces): void {
  rmSync(pidFile, { force: true });
}

/** A server that was asked to stop, by whomever, has ended as it should: if it is the service, there is none now. */
export function endedWell(places: ServicePlaces): void {
  if (lastService(places)?.pid === process.pid) forgetService(places);
}
