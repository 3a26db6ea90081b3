/** One process of Portolan, put together: this folder is the only place that builds things and wires them. */
import { runsFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { Breakers } from '../core/breaker.ts';
import type { Caller } from '../core/caller.ts';
import type { Logger } from '../observe/log.ts';
import type { ScanObserver } from '../scans/observer.ts';
import type { Store } from '../store/open.ts';
import { type CallGate, type CallObserver, callTool, type ToolOutcome } from '../tools/call/call-tool.ts';
import type { AnyTool, ToolContext } from '../tools/call/define-tool.ts';
import { breakerGate } from '../tools/call/limits/breakers.ts';
import { concurrency } from '../tools/call/limits/concurrency.ts';
import { drainGate } from '../tools/call/limits/draining.ts';
import { rateLimit } from '../tools/call/limits/rate-limit.ts';
import { createToolStates, type ToolStates } from '../tools/call/limits/tool-states.ts';
import type { ToolRegistry } from '../tools/call/registry.ts';
import type { Services } from '../tools/call/services.ts';
import { captureReports } from '../tools/captures/reports.ts';
import { inventoryDocuments } from '../tools/documents/inventory-documents.ts';
import { joinResources } from '../tools/documents/join-resources.ts';
import type { ResourceSource } from '../tools/documents/resources.ts';
import { scanReports } from '../tools/reports/index.ts';
import { scanTasks } from '../tools/tasks/scan-tasks.ts';
import type { TasksView } from '../tools/tasks/tasks-view.ts';
import { createAlerting } from './alerting.ts';
import { createDefectLog } from './defects.ts';
import type { Observation } from './observation.ts';
import { observeLazily } from './observe-lazily.ts';
import { createRechecks } from './rechecks.ts';
import { createRemembering } from './remembering.ts';
import { createScanning } from './scanning.ts';
import { createScheduling } from './scheduling.ts';
import { healthChecks } from './service-checks.ts';
import { buildServices } from './services.ts';
import { offerTools } from './tools-offered.ts';
import { createUpkeep } from './upkeep.ts';

export interface App {
  config: Config;
  /** Every tool that is offered; changes with the settings of the group `tools`. */
  tools: ToolRegistry;
  /** Those that MCP clients are shown. */
  shownTools: ToolRegistry;
  /**
   * Fills the registries: their schemas are most of what a start takes, and the first answer of a server needs none.
   * @throws PortolanError `invalid_config` when the group `tools` names a tool that does not exist.
   */
  ready(): Promise<void>;
  /** Whether this process could go on with that configuration. @throws PortolanError `invalid_config` */
  check(next: Config): void;
  /** Takes up what `config`, which was changed in place, says now. */
  reconfigured(changed: readonly string[]): void;
  services: Services;
  resources: ResourceSource;
  /** Has somebody told which pages of the inventory have changed. */
  onUpdated(listener: (uris: readonly string[]) => void): void;
  tasks: TasksView;
  onDefect: (tool: string, error: unknown, callId?: string) => void;
  /** What every call passes, and who looks on, on every transport. */
  gates: readonly CallGate[];
  /** The machines of the configuration that can be scanned from. */
  scanners: () => readonly string[];
  /** Which tools an administrator has switched off. */
  states: ToolStates;
  /** Tokens that `portolan token` makes. Opens the database. */
  tokens(): Promise<Store['tokens']>;
  /** Log-ins of browsers. Opens the database. */
  sessions(): Promise<Store['sessions']>;
  observers: readonly CallObserver[];
  /** Metrics, health, events and audit; loaded when it is first asked for. */
  observation(): Promise<Observation>;
  breakers: Breakers;
  /** Whether it takes new calls; false from `drain` on. */
  readonly draining: boolean;
  /** Takes no new calls. Resolves when those under way have ended. */
  drain(): Promise<void>;
  /** Calls a tool as a transport does. Never throws. */
  call(name: string, args: unknown, caller: Caller, context?: Partial<ToolContext>): Promise<ToolOutcome>;
  /**
   * Opens the database, recovers what a crash left and begins to run what waits. Called by itself on first use; a
   * server calls it at once, after it has begun to listen.
   */
  start(): Promise<void>;
  /** Somebody is about to scan: what that waits for is begun. */
  prepare(): void;
  /** Resolves when no task of this process runs or waits. */
  idle(): Promise<void>;
  /** Stops what runs (it goes back to the queue, with all it found) and closes the database. */
  close(): Promise<void>;
}

/**
 * Builds Portolan for a configuration. Cheap: nothing is opened before it is needed.
 * @param options.adopts whether this process also runs tasks that other processes left (servers do).
 * @param options.ownTools those of tools.plugins.
 */
export function createApp(
  config: Config,
  { log, adopts, ownTools = [] }: { log: Logger; adopts: boolean; ownTools?: readonly AnyTool[] },
): App {
  const onDefect = createDefectLog(log);
  const observing = observeLazily(async () => {
    const { createObservation } = await import('./observation.ts');
    const { touchStore, here } = scanning;
    return await createObservation(config, {
      log,
      queue: async () => (await store()).tasks.counts(),
      breakers: () => breakers.snapshots(),
      checks: healthChecks({
        touchStore,
        here,
        toolCount: () => tools.all.size,
        tasks: () => config.scans.maxConcurrentTasks,
      }),
    });
  }, onDefect);
  const breakers = new Breakers(() => config.circuitBreaker, observing.breakers);
  const guard = breakerGate(breakers);
  const drain = drainGate(() => config.server.shutdownGraceSeconds);
  const observer: ScanObserver = {
    ...observing.scans,
    changed: (task) => {
      guard.taskChanged(task);
      observing.scans.changed(task);
      remembering.changed(task);
    },
  };
  const scanning = createScanning(config, { log, adopts, breakers, observer, onDefect });
  const { scans, store } = scanning;
  const alerting = createAlerting(config, scanning, { log, onDefect });
  const readers = new Set<(uris: readonly string[]) => void>();
  const remembering = createRemembering({
    config,
    store,
    stays: adopts,
    observer: observing.inventory,
    onUpdated: (uris) => {
      alerting.wake();
      for (const listener of readers) listener(uris);
    },
    ...(adopts ? { rechecks: createRechecks({ config, store, scans, onDefect }) } : {}),
    onDefect,
  });
  const scheduling = createScheduling(config, { store, scans, log, onDefect });
  const { services, reconfigured } = buildServices(config, scanning, {
    log,
    remembering,
    schedules: scheduling.service,
    alerts: alerting.service,
  });
  const tools = offerTools(() => config.tools, ownTools);
  const onToolDefect = (tool: string, error: unknown, correlation?: string) =>
    log.error({ tool, ...(correlation ? { correlation } : {}), err: error }, 'defect in a tool');
  const states = createToolStates(async () => (await store()).toolStates, onDefect);
  const gates: CallGate[] = [
    states,
    drain,
    rateLimit(() => config.rateLimit),
    concurrency(() => config.rateLimit.concurrentCalls),
    guard,
  ];
  const observers: CallObserver[] = [observing.calls];
  const scanners = () => Object.keys(config.remote.scanners);
  const upkeep = createUpkeep({
    keepDays: () => config.scans.keepDays,
    eventDays: () => config.inventory.eventDays,
    sessionIdleMs: () => config.auth.sessionIdleMinutes * 60_000,
    runsFolder: runsFolder(config),
    pruneUploads: services.captures.pruneUploads,
    states,
    onDefect,
    onDoubt: (why) => log.warn({ why }, 'old scans are kept for a day more; `portolan prune` deletes them'),
    onPruned: (what) => log.info({ ...what }, 'old scans deleted'),
  });
  let starting: Promise<void> | undefined;
  let closed = false;
  async function begin(): Promise<void> {
    await tools.ready();
    const open = await store();
    // A client may be gone before all of this has happened.
    if (closed) return;
    scanning.wake();
    await upkeep.start(open);
    if (!adopts) return;
    void remembering.start(open);
    await scheduling.start(open);
    alerting.start();
  }

  return {
    config,
    tools: tools.all,
    shownTools: tools.shown,
    services,
    resources: joinResources([
      scanReports(scans),
      captureReports(services.captures),
      inventoryDocuments(services),
    ]),
    tasks: scanTasks(services, () => config.scans.keepDays),
    onDefect: onToolDefect,
    gates,
    observers,
    scanners,
    states,
    tokens: async () => (await store()).tokens,
    sessions: async () => (await store()).sessions,
    observation: observing.open,
    breakers,
    get draining() {
      return drain.draining;
    },
    async drain() {
      scanning.leave();
      await drain.drain();
    },

    onUpdated: (listener) => void readers.add(listener),

    ready: tools.ready,
    check: (next) => tools.check(next.tools),

    reconfigured(changed) {
      observing.reconfigured();
      const touched = (...groups: string[]) =>
        changed.some((key) => groups.some((group) => key.startsWith(`${group}.`)));
      reconfigured(touched);
      if (touched('tools')) tools.choose();
    },

    async call(name, args, caller, context = {}) {
      await tools.ready();
      const deps = { tools: tools.all, onDefect: onToolDefect, gates, observers, scanners };
      return await callTool(deps, name, args, {
        caller,
        services,
        signal: new AbortController().signal,
        report: () => {},
        confirm: async () => 'unsupported',
        detach: false,
        ...context,
      });
    },

    start() {
      starting ??= begin();
      return starting;
    },

    prepare: scanning.prepare,
    idle: scanning.idle,

    async close() {
      closed = true;
      await Promise.allSettled([starting]);
      await upkeep.stop();
      await scheduling.stop();
      await scanning.stop();
      // A server is not held up by a long queue: its next start goes on. A command line has no next one.
      await (adopts ? remembering.stop() : remembering.idle());
      await alerting.stop();
      await observing.close();
      await scanning.close();
    },
  };
}
