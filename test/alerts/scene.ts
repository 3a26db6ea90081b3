/** A network that changes by the hour, with alerts that are sent by a clock of the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAlerts } from '../../src/alerts/ask.ts';
import { deliverDue } from '../../src/alerts/deliver.ts';
import type { Surroundings } from '../../src/alerts/send.ts';
import type { AlertService, RuleAsk } from '../../src/alerts/service.ts';
import { classify } from '../../src/intel/classify.ts';
import { foldWaiting, rulesOf } from '../../src/inventory/fold.ts';
import { handIn } from '../../src/inventory/hand-in.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { HOUR, type Seen, START, scanLook } from '../inventory/looks.ts';

export interface Scene {
  store: Store;
  alerts: AlertService;
  folder: string;
  /** Milliseconds since the epoch, as everything here believes. */
  now: number;
  /** A full look that many hours after the beginning: it becomes that time, and the look is folded. */
  look(hour: number, hosts: readonly Seen[], more?: Parameters<typeof scanLook>[2]): Promise<void>;
  /** Sends what is due. */
  send(): Promise<{ sent: number; failed: number }>;
  /** Time goes on, in steps after each of which is sent what is due. */
  pass(ms: number, step?: number): Promise<void>;
  rule(rule: Partial<Omit<RuleAsk, 'timing'>> & { timing?: Partial<RuleAsk['timing']> }): Promise<void>;
  close(): Promise<void>;
}

/** @param secrets by reference */
export async function openScene(
  options: { secrets?: Readonly<Record<string, string>>; database?: string } = {},
): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alerts-'));
  const store = await openStore(options.database ?? join(folder, 'portolan.db'));
  const around = surroundings(folder, options.secrets);
  await store.instances.register({
    id: 'us',
    pid: process.pid,
    start_ticks: null,
    boot_id: 'boot',
    host: null,
    pid_namespace: null,
    heartbeat_at: 0,
  });
  const send = async () =>
    await deliverDue({ store, around, instanceId: 'us', underWay: new Set(), now: () => scene.now });
  const scene: Scene = {
    store,
    folder,
    now: START,
    send,
    alerts: createAlerts(async () => store, around, { sendDue: send, wake: () => {}, now: () => scene.now }),
    async look(hour, hosts, more = {}) {
      await handIn(store, scanLook(hour, hosts, more));
      await foldWaiting(store, rulesOf());
      scene.now = Math.max(scene.now, START + hour * HOUR + 1000);
    },
    async pass(ms, step = 60_000) {
      const end = scene.now + ms;
      while (scene.now < end) {
        scene.now = Math.min(end, scene.now + step);
        await send();
      }
    },
    async rule({ timing = {}, ...rest }) {
      await scene.alerts.setRule(
        {
          ...{ name: 'all', query: '', channels: ['hook'], enabled: true },
          ...rest,
          timing: { digest: 'each', most: 6, ...timing },
        },
        'test',
      );
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return scene;
}

/** What sending may use: loopback, and these secrets. */
export const surroundings = (
  folder: string,
  secrets: Readonly<Record<string, string>> = {},
): Surroundings => ({
  classify,
  allowedNetworks: () => ['127.0.0.0/8'],
  filesFolder: () => join(folder, 'alerts'),
  secret: (reference) => secrets[reference] ?? '',
});
