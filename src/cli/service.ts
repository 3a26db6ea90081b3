/** `portolan service start|stop|restart|status|logs|validate`: a server in the background, with or without systemd. */

import { once } from 'node:events';
import { closeSync, existsSync, openSync, readSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedConfig } from '../config/load.ts';
import { PortolanError } from '../core/errors.ts';
import { monotonicMs } from '../core/monotonic.ts';
import { startDaemon } from '../nmap/machine/daemon.ts';
import { isAlive } from '../nmap/machine/processes.ts';
import { makeRoom } from '../observe/log-file.ts';
import { EXIT } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { pluginsOf } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import {
  forgetService,
  lastService,
  noteService,
  placesOf,
  runningService,
  type Service,
} from './service-file.ts';
import { print } from './terminal.ts';

export type ServiceOptions = CommonOptions & { json?: boolean; lines?: string; follow?: boolean };

/** As systemd and init scripts say it (LSB 5.0, "Init Script Actions"): 3 is "not running". */
const NOT_RUNNING = 3;
/** Seconds in which a server must listen. */
const START_SECONDS = 30;
const POLL_MS = 100;

export async function start(options: ServiceOptions): Promise<number> {
  return await startWith(options, argumentsOf(options));
}

async function startWith(options: ServiceOptions, args: string[]): Promise<number> {
  const loaded = await loadFor(options);
  const places = placesOf(loaded.config);
  const running = runningService(places);
  if (running) {
    print(`Portolan runs already (${describe(running)}).`);
    return EXIT.ok;
  }
  const [main] = process.argv.slice(1, 2);
  if (main === undefined) throw new TypeError('there is no script to start');
  const { log } = places;
  const { logging } = loaded.config;
  makeRoom(log, logging);
  const from = existsSync(log) ? statSync(log).size : 0;
  // Before the process, as the folder may not be there.
  noteService(places, { pid: process.pid, startedAt: Date.now(), args });
  // It begins its file anew when that is large or old; what only came down its standard error would grow for ever.
  const intoLog = logging.file === undefined ? ['--set', `logging.file=${log}`] : [];
  const daemon = startDaemon([main, 'serve', ...args, ...intoLog], log);
  const { pid, startTicks } = daemon;
  const service: Service = {
    pid,
    ...(startTicks === undefined ? {} : { startTicks }),
    startedAt: Date.now(),
    args,
  };
  noteService(places, service);
  const url = await listening(daemon.ended, service, { log, from });
  if (url === undefined) {
    forgetService(places);
    const said = readFrom(log, from).trim().split('\n').slice(-10);
    throw new PortolanError(
      'internal',
      `The server did not begin to listen.${said.join('') === '' ? '' : ' It said:'}`,
      'Mend that, and try portolan service validate.',
      { lines: said },
    );
  }
  noteService(places, { ...service, url });
  print(`Portolan listens on ${url} (process ${pid}). Its words go to ${log}.`);
  return EXIT.ok;
}

/** The address it says, or undefined when it ended or took too long (then it is ended). */
async function listening(
  ended: Promise<void>,
  service: Service,
  { log, from }: { log: string; from: number },
): Promise<string | undefined> {
  let gone = false;
  void ended.then(() => {
    gone = true;
  });
  const deadline = monotonicMs() + START_SECONDS * 1000;
  while (monotonicMs() < deadline) {
    const url = /^Portolan listens on (\S+)$/m.exec(readFrom(log, from))?.[1];
    if (url !== undefined) return url;
    if (gone) return undefined;
    await delay(POLL_MS);
  }
  signal(service, 'SIGKILL');
  return undefined;
}

export async function stop(options: ServiceOptions): Promise<number> {
  const { config } = await loadFor(options);
  const places = placesOf(config);
  const service = runningService(places);
  if (!service) {
    forgetService(places);
    print('Portolan does not run.');
    return EXIT.ok;
  }
  signal(service, 'SIGTERM');
  // Calls that wait may finish in the grace period; closing what runs takes a moment more.
  const deadline = monotonicMs() + (config.server.shutdownGraceSeconds + 10) * 1000;
  while (alive(service) && monotonicMs() < deadline) await delay(POLL_MS);
  const late = alive(service);
  if (late) {
    signal(service, 'SIGKILL');
    while (alive(service)) await delay(POLL_MS);
  }
  forgetService(places);
  print(
    late ? 'Portolan did not end by itself and was killed. Nothing found is lost.' : 'Portolan has ended.',
  );
  return EXIT.ok;
}

/** Stops it and starts it with the words it was started with; with those of this command when there are any. */
export async function restart(options: ServiceOptions): Promise<number> {
  // A configuration that it would not start with must not end it.
  const { config } = await validated(options);
  const before = lastService(placesOf(config))?.args;
  await stop(options);
  const given = argumentsOf(options);
  return await startWith(options, given.length > 0 ? given : (before ?? []));
}

export async function status(options: ServiceOptions): Promise<number> {
  const places = placesOf((await loadFor(options)).config);
  const service = runningService(places);
  if (options.json) {
    const { pid, url, startedAt } = service ?? {};
    print(
      JSON.stringify({
        running: service !== undefined,
        pid,
        url,
        started_at: iso(startedAt),
        log: places.log,
      }),
    );
  } else if (service) {
    print(`Portolan runs: ${describe(service)}.\nIts words go to ${places.log}.`);
  } else {
    print(
      lastService(places)
        ? `Portolan does not run; the last one (process ${lastService(places)?.pid}) ended without saying so. Its last words are in ${places.log}.`
        : 'Portolan does not run.',
    );
  }
  return service ? EXIT.ok : NOT_RUNNING;
}

export async function logs(options: ServiceOptions): Promise<number> {
  const { log } = placesOf((await loadFor(options)).config);
  const lines = Number(options.lines ?? 50);
  if (!Number.isInteger(lines) || lines < 1 || lines > 100_000) {
    throw new PortolanError(
      'invalid_argument',
      `--lines ${options.lines} is no number of lines.`,
      'Give 1 to 100000.',
    );
  }
  if (!existsSync(log)) {
    print(`There is no log yet (${log}).`);
    return EXIT.ok;
  }
  const size = statSync(log).size;
  const tail = readFrom(log, Math.max(0, size - MAX_TAIL))
    .trimEnd()
    .split('\n')
    .slice(-lines);
  print(tail.join('\n'));
  if (options.follow) await follow(log, size);
  return EXIT.ok;
}

/** Bytes of the log that are looked at for its last lines. */
const MAX_TAIL = 16 * 1024 * 1024;

async function follow(log: string, from: number): Promise<void> {
  const { signal: interrupted } = onInterrupt();
  let at = from;
  watchFile(log, { interval: 250 }, ({ size }) => {
    // A file that was rotated begins anew.
    if (size < at) at = 0;
    process.stdout.write(readFrom(log, at));
    at = size;
  });
  if (!interrupted.aborted) await once(interrupted, 'abort');
  unwatchFile(log);
}

export async function validate(options: ServiceOptions): Promise<number> {
  const { file, config } = await validated(options);
  print(
    `The configuration is valid${file === undefined ? ' (no file: defaults and environment)' : `: ${file}`}.`,
  );
  if (config.tools.plugins !== undefined)
    print(`Tools of your own were loaded from ${config.tools.plugins}.`);
  return EXIT.ok;
}

/** As far as a start goes without opening anything: settings, own tools, and which tools are offered. */
async function validated(options: ServiceOptions): Promise<LoadedConfig> {
  const loaded = await loadFor(options);
  const { offer } = await import('../tools/call/offer.ts');
  const { TOOLS } = await import('../tools/index.ts');
  offer([...TOOLS, ...(await pluginsOf(loaded.config))], loaded.config.tools);
  return loaded;
}

/** What the options of this command say, as words for `serve`. */
function argumentsOf({ config, db, set = [] }: CommonOptions): string[] {
  return [
    // It runs in another folder.
    ...(config === undefined ? [] : ['--config', resolve(config)]),
    ...(db === undefined ? [] : ['--db', resolve(db)]),
    ...set.flatMap((one) => ['--set', one]),
  ];
}

const alive = ({ pid, startTicks }: Service) => isAlive(pid, startTicks);

function signal(service: Service, name: NodeJS.Signals): void {
  if (!alive(service)) return;
  try {
    process.kill(service.pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new PortolanError(
      'forbidden',
      `The service (process ${service.pid}) belongs to another user.`,
      'Run this command as that user, or with sudo.',
      { cause },
    );
  }
}

function describe({ pid, url, startedAt }: Service): string {
  return `process ${pid}${url === undefined ? '' : `, ${url}`}, since ${iso(startedAt)}`;
}

const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

function readFrom(file: string, from: number): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return ''; // not there yet, or rotated away
  }
  try {
    const buffer = Buffer.alloc(Math.max(0, statSync(file).size - from));
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, from)).toString('utf8');
  } finally {
    closeSync(handle);
  }
}
