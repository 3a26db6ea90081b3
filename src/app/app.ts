/** The only place that builds things and wires them together. */
import { dirname, join } from 'node:path';
import { type CaptureSettings, createCaptureService } from '../captures/service.ts';
import type { Config } from '../config/schema.ts';
import { Breakers } from '../core/breaker.ts';
import type { Caller } from '../core/caller.ts';
import { once } from '../core/once.ts';
import { within } from '../core/origin.ts';
import type { Task } from '../core/task.ts';
import { classify } from '../intel/classify.ts';
import type { Intel } from '../intel/intel.ts';
import { fileShares } from '../nmap/open-files.ts';
import { createBudget } from '../nmap/strategy/budget.ts';
import type { Logger } from '../observe/log.ts';
import { createDispatcher } from '../scans/dispatcher.ts';
import type { ScanObserver } from '../scans/observer.ts';
import { createPresence } from '../scans/presence.ts';
import { clockDoubt, prune } from '../scans/prune.ts';
import { createScanService } from '../scans/service.ts';
import { Stalls } from '../scans/stalls.ts';
import type { FindVantage } from '../scans/vantages.ts';
import { Watchers } from '../scans/watchers.ts';
import type { Store } from '../store/open.ts';
import type { TokenStore } from '../store/tokens.ts';
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
import { joinResources } from '../tools/documents/join-resources.ts';
import type { ResourceSource } from '../tools/documents/resources.ts';
import { scanReports } from '../tools/reports/index.ts';
import { scanTasks } from '../tools/tasks/scan-tasks.ts';
import type { TasksView } from '../tools/tasks/tasks-view.ts';
import { healthChecks } from './checks.ts';
import type { Observation } from './observation.ts';
import { observeLazily } from './observe-lazily.ts';
import { inventory, ourScans } from './own-scans.ts';
import type { Remote } from './remote.ts';
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
  tasks: TasksView;
  onDefect: (tool: string, error: unknown, callId?: string) => void;
  /** What every call passes, and who looks on, on every transport. */
  gates: readonly CallGate[];
  /** Which tools an administrator has switched off. */
  states: ToolStates;
  /** Tokens that `portolan token` makes. Opens the database. */
  tokens(): Promise<TokenStore>;
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
  /** Why the clock may be wrong by which tasks are older than this many days; undefined when nothing speaks against it. */
  clockDoubt(keepDays: number): Promise<string | undefined>;
  /** Deletes ended tasks older than this many days. @returns how many. */
  prune(keepDays: number): Promise<number>;
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
  const onDefect = (error: unknown) => log.error({ err: error }, 'defect');
  const runsFolder = join(dirname(config.scans.database), 'runs');
  const here = once(async () => (await import('./local.ts')).createLocal(config));
  const observing = observeLazily(async () => {
    const { createObservation } = await import('./observation.ts');
    return await createObservation(config, {
      log,
      queue: async () => (await store()).tasks.counts(),
      breakers: () => breakers.snapshots(),
      checks: healthChecks({
        touchStore: async () => (await store()).instances.heartbeat(presence.instanceId, Date.now()),
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
    },
  };
  // SSH is loaded when somebody scans from elsewhere.
  let remote: Promise<Remote> | undefined;
  const openRemote = () => {
    remote ??= import('./remote.ts').then(({ createRemote }) =>
      createRemote(config, async (name) => (await here()).facts.resolve(name), breakers),
    );
    return remote;
  };
  const vantage: FindVantage = async ({ scanner }) =>
    scanner === undefined ? (await here()).vantage : (await openRemote()).vantage(scanner);
  const forget = async ({ request }: Pick<Task, 'request'>) =>
    (await remote)?.scanners.release(request.scanner);
  const watchers = new Watchers();
  const stalls = new Stalls();
  const presence = createPresence({
    runsFolder,
    adopts,
    runs: (taskId) => dispatcher.runs(taskId),
    onDefect,
    onRecovered: (what) => {
      log.warn(
        what,
        'took over tasks that were left unfinished, by a Portolan that ended or by a failing disk',
      );
      dispatcher.wake();
    },
  });

  let opened: Promise<Store> | undefined;
  const store = () => {
    opened ??= openAndJoin();
    return opened;
  };
  async function openAndJoin(): Promise<Store> {
    // Loaded here, because a client that only lists tools need not wait for a database.
    const { openStore } = await import('../store/open.ts');
    let open: Store | undefined;
    try {
      open = await openStore(config.scans.database);
      await presence.start(open);
      return open;
    } catch (error) {
      opened = undefined;
      await open?.close();
      throw error;
    }
  }

  const budget = createBudget();
  // Behind an import too: it brings the XML reader, which the first answer does not need.
  const run = async (task: Task, signal: AbortSignal) => {
    const { createWorker } = await import('../scans/worker.ts');
    const work = createWorker({ store, vantage, budget, runsFolder, watchers, stalls, observer, onDefect });
    // Not in the name of whichever call happened to make room for it.
    const origin = { id: task.request.correlationId ?? task.id };
    await within(origin, () => work(task, signal)).finally(() => forget(task));
  };
  // No more at a time than this process may have files open for.
  const settings = () => ({
    ...config.scans,
    maxConcurrentTasks: Math.max(1, Math.min(config.scans.maxConcurrentTasks, fileShares().scanners)),
  });
  const dispatcher = createDispatcher({
    instanceId: presence.instanceId,
    store,
    run,
    settings,
    watchers,
    observer,
    onDefect,
  });
  const scans = createScanService({
    store,
    vantage,
    dispatcher,
    watchers,
    stalls,
    settings,
    observer,
    ended: forget,
  });
  const captureSettings: CaptureSettings = { ...config.captures, detection: config.detection };
  const captures = createCaptureService(captureSettings, { ours: ourScans(store) });
  // Its tables and services are loaded when somebody asks about an address.
  const buildIntel = (): Intel => {
    const { allowPrivate } = config.captures;
    const settings = { ...config.intel, allowPrivate };
    const intel = once(async () => {
      const { createIntel } = await import('../intel/intel.ts');
      return createIntel(settings, {
        inventory: inventory(store),
        onProblem: (problem) => log.warn(problem),
      });
    });
    return { allowPrivate, classify, enrich: async (...asked) => (await intel()).enrich(...asked) };
  };
  const services: Services = {
    scans,
    remote: {
      hold: async (asked) => (await openRemote()).hold(asked),
      release: async (scanner) => (await remote)?.scanners.release(scanner),
      allowInlineCredentials: config.remote.allowInlineCredentials,
    },
    commands: {
      settings: () => config.tools,
      run: async (...asked) => (await here()).commands.run(...asked),
      nmap: async (...asked) => (await here()).commands.nmap(...asked),
    },
    captures,
    intel: buildIntel(),
    get syncWaitSeconds() {
      return config.scans.syncWaitSeconds;
    },
  };
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
  const upkeep = createUpkeep({
    keepDays: () => config.scans.keepDays,
    states,
    onDefect,
    onDoubt: (why) => log.warn({ why }, 'old scans are kept for a day more; `portolan prune` deletes them'),
  });
  let starting: Promise<void> | undefined;
  let closed = false;
  async function begin(): Promise<void> {
    await tools.ready();
    const open = await store();
    // A client may be gone before all of this has happened.
    if (closed) return;
    dispatcher.wake();
    await upkeep.start(open);
  }

  return {
    config,
    tools: tools.all,
    shownTools: tools.shown,
    services,
    resources: joinResources([scanReports(scans), captureReports(captures)]),
    tasks: scanTasks(services, () => config.scans.keepDays),
    onDefect: onToolDefect,
    gates,
    observers,
    states,
    tokens: async () => (await store()).tokens,
    observation: observing.open,
    breakers,
    get draining() {
      return drain.draining;
    },
    async drain() {
      if (opened) void presence.leave();
      await drain.drain();
    },

    ready: tools.ready,
    check: (next) => tools.check(next.tools),

    reconfigured(changed) {
      observing.reconfigured();
      const touched = (...groups: string[]) =>
        changed.some((key) => groups.some((group) => key.startsWith(`${group}.`)));
      if (touched('captures', 'detection'))
        become(captureSettings, { ...config.captures, detection: config.detection });
      if (touched('captures', 'intel')) services.intel = buildIntel();
      if (touched('tools')) tools.choose();
    },

    async call(name, args, caller, context = {}) {
      await tools.ready();
      return await callTool({ tools: tools.all, onDefect: onToolDefect, gates, observers }, name, args, {
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

    clockDoubt: async (keepDays) => clockDoubt(await store(), keepDays, Date.now()),
    prune: async (keepDays) => prune(await store(), keepDays, Date.now()),
    idle: () => dispatcher.idle(),

    async close() {
      closed = true;
      await Promise.allSettled([starting]);
      await upkeep.stop();
      if (!opened) {
        await observing.close();
        return (await remote)?.scanners.close();
      }
      await dispatcher.close();
      await observing.close();
      await presence.stop();
      await (await opened).close();
      opened = undefined;
      (await remote)?.scanners.close();
    },
  };
}

/** Makes `target` equal to `source`, for those who hold it. */
function become<T extends object>(target: T, source: T): void {
  for (const key of Object.keys(target) as (keyof T)[]) if (!(key in source)) delete target[key];
  Object.assign(target, source);
}
