/** Sends alerts: a process that stays does so by itself, a command when it is told to. */
import { realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AlertService } from '../alerts/service.ts';
import { dataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { referencedSecret } from '../config/secrets.ts';
import { PortolanError } from '../core/errors.ts';
import { once } from '../core/once.ts';
import { classify } from '../intel/classify.ts';
import type { Logger } from '../observe/log.ts';
import type { Scanning } from './scanning.ts';

/** How often it looks for what is due. */
const LOOK_EVERY_MS = 3000;
/** What is on its way is waited for so long at the end; the next process takes it up otherwise, under the same key. */
const PATIENCE_MS = 5000;

export interface Alerting {
  service: AlertService;
  /** Begins to send. */
  start(): void;
  /** Something has changed: there may be something to send. */
  wake(): void;
  stop(): Promise<void>;
}

export function createAlerting(
  config: Config,
  { store, join: joined, instanceId }: Pick<Scanning, 'store' | 'join' | 'instanceId'>,
  { log, onDefect }: { log: Logger; onDefect: (error: unknown) => void },
): Alerting {
  const ending = new AbortController();
  const underWay = new Set<number>();
  const around = {
    classify,
    allowedNetworks: () => config.alerts.allowedNetworks,
    filesFolder: () => config.alerts.filesFolder ?? join(dataFolder(config), 'alerts'),
    secret: (reference: string, of: string) => alertSecret(config, reference, of),
  };
  const sendDue = async () => {
    const { deliverDue } = await import('../alerts/deliver.ts');
    return await deliverDue({
      store: await joined(),
      around,
      instanceId,
      underWay,
      now: () => Date.now(),
      signal: ending.signal,
      onAttempt: ({ channel, uid, attempt }, failure) => {
        const what = { channel, delivery: uid, attempt };
        if (failure === undefined) log.info(what, 'alert sent');
        else log.warn({ ...what, reason: failure }, 'alert not sent');
      },
    });
  };
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let failing = false;
  const work = async () => {
    do {
      again = false;
      await sendDue();
    } while (again && !ending.signal.aborted);
  };
  const wake = () => {
    if (timer === undefined) return;
    again = true;
    working ??= work()
      .then(
        () => {
          failing = false;
        },
        (error: unknown) => {
          if (!failing) onDefect(error);
          failing = true;
        },
      )
      .finally(() => {
        working = undefined;
      });
  };
  const made = once(async () =>
    (await import('../alerts/ask.ts')).createAlerts(store, around, { sendDue, wake }),
  );
  return {
    service: {
      overview: async () => (await made()).overview(),
      setChannel: async (...given) => (await made()).setChannel(...given),
      setRule: async (...given) => (await made()).setRule(...given),
      addWindow: async (...given) => (await made()).addWindow(...given),
      remove: async (...given) => (await made()).remove(...given),
      preview: async (...given) => (await made()).preview(...given),
      setReport: async (...given) => (await made()).setReport(...given),
      previewReport: async (...given) => (await made()).previewReport(...given),
      deliveries: async (...given) => (await made()).deliveries(...given),
      resend: async (...given) => (await made()).resend(...given),
      test: async (...given) => (await made()).test(...given),
      sendDue: async () => (await made()).sendDue(),
    },
    start() {
      timer = setInterval(wake, LOOK_EVERY_MS).unref();
      wake();
    },
    wake,
    async stop() {
      ending.abort();
      clearInterval(timer);
      timer = undefined;
      await Promise.race([working, delay(PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

/**
 * Whoever may set channels must not read files or the environment of this machine by them: only what is there for alerts.
 * @throws PortolanError `invalid_config`
 */
function alertSecret({ alerts }: Config, reference: string, of: string): string {
  if (/^env:(?!PORTOLAN_ALERT_)/.test(reference))
    throw new PortolanError(
      'invalid_config',
      `${of} names the secret ${reference}, and channels may only name variables that begin with PORTOLAN_ALERT_.`,
      'Give the variable such a name.',
    );
  const path = reference.startsWith('file:') ? reference.slice('file:'.length) : undefined;
  if (path !== undefined && !alerts.secretFolders.some((folder) => isBelow(path, folder)))
    throw new PortolanError(
      'invalid_config',
      `${of} names the secret ${reference}, which lies outside of alerts.secretFolders (${alerts.secretFolders.join(', ')}).`,
      'Put the file there, or add its folder to alerts.secretFolders.',
    );
  return referencedSecret(of, reference, process.env);
}

/** Links are followed first: where the file really is counts. */
function isBelow(path: string, folder: string): boolean {
  const [file, above] = [real(path), real(folder)];
  return file.startsWith(above.endsWith(sep) ? above : `${above}${sep}`);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
