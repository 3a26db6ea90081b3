/**
 * Builds what watches over Portolan: metrics, health, events, audit, traces. Apart from the rest, because the first answer
 * over stdio must not wait for any of it.
 */

import { dataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { secretValues } from '../config/secrets.ts';
import { VERSION } from '../config/version.ts';
import type { ChangeEvent } from '../core/asset.ts';
import type { BreakerListener, BreakerSnapshot } from '../core/breaker.ts';
import { nameOf, type Scope } from '../core/caller.ts';
import { isRefusal } from '../core/error-type.ts';
import { type ErrorCode, INFRASTRUCTURE_FAULTS } from '../core/errors.ts';
import type { Folded } from '../core/fold.ts';
import { monotonicMs } from '../core/monotonic.ts';
import { FINAL_STATES, type Task } from '../core/task.ts';
import { EventLog } from '../observe/events.ts';
import { createHealth, type Health, type HealthCheck } from '../observe/health.ts';
import type { Logger } from '../observe/log.ts';
import { machineChecks } from '../observe/machine-checks.ts';
import { Metrics } from '../observe/metrics.ts';
import { secretHider } from '../observe/redact.ts';
import type { Tracing } from '../observe/tracing.ts';
import type { ScanObserver } from '../scans/observer.ts';
import type { Call, CallObserver, ToolOutcome } from '../tools/call/call-tool.ts';
import { codeOf } from '../tools/call/outcome-code.ts';
import { openAudit } from './audit.ts';

/** Told of what looks come to. */
export interface InventoryObserver {
  changed(event: ChangeEvent): void;
  /** An incident is over: its change was undone. */
  closed(closed: Folded['closed'][number], site: string): void;
}

export interface Observation {
  metrics: Metrics;
  health: Health;
  events: EventLog;
  calls: Required<CallObserver>;
  scans: ScanObserver;
  inventory: InventoryObserver;
  breakers: BreakerListener;
  /** Writes down something beside calls and scans, such as a refused login. Secrets are taken out. */
  record(kind: string, fields: Readonly<Record<string, unknown>>): void;
  /** Writes down a request that was refused before it was a call. @returns whether to log it too: repeated ones are counted. */
  refused(facts: Readonly<Record<string, string>>): boolean;
  /** The configuration has changed: there may be new secrets. */
  reconfigured(): void;
  /** Looks at the health from time to time; a server does. */
  start(): void;
  close(): Promise<void>;
}

export interface Observed {
  log: Logger;
  queue: () => Promise<{ pending: number; running: number }>;
  breakers: () => BreakerSnapshot[];
  /** What else is looked at, beside the machine, the breakers and the audit. */
  checks: readonly HealthCheck[];
}

/** Announced ports of one scan that become events: the finished host tells them all again. */
const MOST_PORT_EVENTS = 1000;
/** Who is told that somebody changed what they may read, by the scope that changing it takes. */
const READER: Partial<Record<Scope, Scope>> = {
  'inventory:write': 'inventory:read',
  'inventory:approve': 'inventory:read',
  'schedules:write': 'schedules:read',
  'alerts:write': 'alerts:read',
};
const PROGRESS_EVERY_MS = 1000;
const MOST_PORTS_SHOWN = 100;

export async function createObservation(config: Config, observed: Observed): Promise<Observation> {
  const { log } = observed;
  // One that was taken out of the configuration stays a secret.
  const secrets = new Set(secretValues(config));
  let hide = secretHider([...secrets]);
  const events = new EventLog();
  const metrics = new Metrics({ version: VERSION, queue: observed.queue, breakers: observed.breakers });
  const audit = openAudit(config, log, (text) => hide(text));
  const { record } = audit;
  const tracing = await openTracing(config, log);
  const health = createHealth({
    settings: () => config.health,
    checks: [
      ...machineChecks(() => config.health, dataFolder(config)),
      {
        name: 'breakers',
        priority: 'important',
        look: () => {
          const open = observed.breakers().filter(({ state }) => state !== 'closed');
          const words = open.map(({ name, state }) => `${name} ${state}`).join(', ');
          return { ok: open.length === 0, message: open.length === 0 ? 'all closed' : words };
        },
      },
      audit.check,
      ...observed.checks,
    ],
    onReport: (report) => {
      metrics.healthChecked(report);
      events.publish('health', { ...report });
      metrics.summary().then((summary) => events.publish('metrics', { ...summary }));
    },
  });
  let started = false;
  /** Calls whose arguments are written down already. */
  const requested = new WeakSet<Call>();
  const progressAt = new Map<string, number>();
  const portEvents = new Map<string, number>();

  return {
    metrics,
    health,
    events,
    record,
    refused(facts) {
      const isNew = audit.isNewRefusal({ of: 'request', ...facts }, '');
      if (isNew) record('request_refused', facts);
      return isNew;
    },
    breakers: {
      transition(name, from, to) {
        metrics.transition(name, from, to);
        log[to === 'open' ? 'warn' : 'info']({ breaker: name, from, to }, 'circuit breaker');
        record('circuit_breaker', { name, from, to });
      },
      call: (name, result) => metrics.call(name, result),
    },
    calls: {
      started({ id, origin, tool, caller }) {
        metrics.callStarted(id, tool.name);
        const { traceparent } = origin;
        const span = tracing?.callStarted({ id, tool: tool.name, caller: caller.name, traceparent });
        // What the call asks of other services is below our span.
        if (span !== undefined) origin.traceparent = span;
      },
      admitted(call) {
        const { id, tool, caller, arguments: args } = call;
        // What reaches out is written down before it does: this process may not live to see the end.
        if (!tool.annotations.openWorld) return;
        requested.add(call);
        record('request', { correlation: id, tool: tool.name, caller: caller.name, arguments: args ?? {} });
      },
      left({ id, tool, caller }) {
        metrics.callLeft(id);
        tracing?.callEnded(id, undefined);
        record('question', { correlation: id, tool: tool.name, caller: caller.name });
      },
      ended(call, outcome, seconds) {
        const { id, givenId, tool, caller, arguments: args } = call;
        const code = codeOf(tool, outcome);
        metrics.callEnded(id, tool.name, code, seconds);
        tracing?.callEnded(id, code);
        const reader = outcome.ok && tool.scope !== undefined ? READER[tool.scope] : undefined;
        if (reader !== undefined) events.publish('edited', { tool: tool.name }, { scope: reader });
        const facts = {
          correlation: id,
          tool: tool.name,
          caller: caller.name,
          ...(givenId === undefined ? {} : { given_id: givenId }),
          seconds: round(seconds),
        };
        log[levelOf(code)]({ ...facts, ...(code ? { code } : {}) }, 'call');
        // What was done is written each time; of refusals each different one.
        if (!outcome.ok && isRefusal(outcome.error.code)) {
          const who = { of: 'call', caller: caller.name, tool: tool.name, code: outcome.error.code };
          if (!audit.isNewRefusal(who, outcome.error.message)) return;
        }
        record('call', {
          ...facts,
          ...(requested.has(call) ? {} : { arguments: args ?? {} }),
          ...result(outcome),
        });
      },
    },
    inventory: {
      changed(event) {
        if (event.partOf !== undefined) return;
        const facts = changeFacts(event);
        const audience = { scope: 'inventory:read', site: event.site } as const;
        events.publish('change', facts, audience);
        if (event.incident !== false) events.publish('incident', { state: 'open', ...facts }, audience);
      },
      closed: ({ dedupeKey, at, by }, site) =>
        events.publish(
          'incident',
          {
            state: 'closed',
            site,
            subject: dedupeKey,
            closed_at: iso(at),
            ...(by === undefined ? {} : { by }),
          },
          { scope: 'inventory:read', site },
        ),
    },
    scans: {
      changed(task) {
        events.publish('task', taskFacts(task), { owner: task.owner });
        if (!FINAL_STATES.has(task.state)) return;
        progressAt.delete(task.id);
        portEvents.delete(task.id);
        const code = task.error?.code;
        metrics.scanEnded(task.request.tool, task.state, secondsOf(task));
        tracing?.scanEnded(task.id, task.state, code);
        log[levelOf(code)]({ ...taskFacts(task) }, 'scan ended');
        record('scan_ended', taskFacts(task));
      },
      ran(task, { argv, nmapVersion, intrusive, evasion }) {
        const { correlationId, tool, targets, scanner } = task.request;
        tracing?.scanStarted({ taskId: task.id, tool, argv, callId: correlationId });
        const facts = { correlation: correlationId, task: task.id, argv, nmap_version: nmapVersion };
        log.debug(facts, 'scan started');
        record('scan', { ...facts, tool, owner: nameOf(task.owner), targets, scanner, intrusive, evasion });
      },
      host(task, host) {
        const open = host.ports.filter(({ state }) => state === 'open');
        if (host.status === 'up' || open.length > 0) metrics.hostFound(open.length);
        const ports = open
          .slice(0, MOST_PORTS_SHOWN)
          .map(({ port, protocol, service }) => ({ port, protocol, ...(service ? { service } : {}) }));
        const { address, status } = host;
        const found = { task_id: task.id, address, status, open_ports: open.length, ports };
        events.publish('finding', found, { owner: task.owner });
      },
      openPort(task, found) {
        const count = (portEvents.get(task.id) ?? 0) + 1;
        if (count > MOST_PORT_EVENTS) return;
        portEvents.set(task.id, count);
        events.publish('finding', { task_id: task.id, ...found }, { owner: task.owner });
      },
      progress(task, progress) {
        const now = monotonicMs();
        if (now - (progressAt.get(task.id) ?? Number.NEGATIVE_INFINITY) < PROGRESS_EVERY_MS) return;
        progressAt.set(task.id, now);
        events.publish('progress', { task_id: task.id, ...progress }, { owner: task.owner });
      },
    },
    reconfigured() {
      for (const secret of secretValues(config)) secrets.add(secret);
      hide = secretHider([...secrets]);
    },
    start() {
      started = true;
      record('server_started', { version: VERSION, pid: process.pid });
      audit.start();
      health.start();
    },
    async close() {
      if (started) record('server_stopped', { pid: process.pid });
      started = false;
      health.stop();
      await Promise.all([audit.close(), tracing?.close().catch(() => {})]);
    },
  };
}

async function openTracing(
  { metrics: { tracesEndpoint } }: Config,
  log: Logger,
): Promise<Tracing | undefined> {
  if (tracesEndpoint === undefined) return undefined;
  try {
    const { createTracing } = await import('../observe/tracing.ts');
    return await createTracing(tracesEndpoint, VERSION);
  } catch (error) {
    log.error({ err: error }, 'there are no traces');
    return undefined;
  }
}

function result(outcome: ToolOutcome): Record<string, unknown> {
  const { metadata } = outcome.structured;
  // What a command tool ran.
  const argv =
    metadata !== null && typeof metadata === 'object' && 'argv' in metadata ? metadata.argv : undefined;
  const ran = argv === undefined ? {} : { argv };
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    return { outcome: 'error', code, message, ...ran };
  }
  const id = outcome.runningTask?.id ?? outcome.structured['task_id'];
  return { outcome: 'ok', ...(typeof id === 'string' ? { task: id } : {}), ...ran };
}

function taskFacts(task: Task): Record<string, unknown> {
  const { request, error } = task;
  return {
    task_id: task.id,
    state: task.state,
    tool: request.tool,
    owner: nameOf(task.owner),
    ...(request.correlationId === undefined ? {} : { correlation: request.correlationId }),
    hosts_done: task.hostsDone,
    hosts_up: task.hostsUp,
    open_ports: task.openPorts,
    ...(error ? { code: error.code, message: error.message } : {}),
  };
}

/** What an operator should see; refusals are the caller's, and in the audit. */
function levelOf(code: ErrorCode | undefined): 'warn' | 'debug' {
  return code !== undefined && INFRASTRUCTURE_FAULTS.has(code) ? 'warn' : 'debug';
}

function secondsOf({ startedAt, endedAt }: Task): number | undefined {
  return startedAt === undefined || endedAt === undefined ? undefined : (endedAt - startedAt) / 1000;
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** A change for those who follow events; its subject ties together what opens and what closes an incident. */
function changeFacts(event: ChangeEvent): Record<string, unknown> {
  const { uid, kind, severity, site, asset, address, port, protocol, before, after, rule, at } = event;
  return {
    change_id: uid,
    subject: event.dedupeKey,
    kind,
    severity,
    site,
    changed_at: iso(at),
    ...(asset === undefined ? {} : { asset_id: asset }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port: `${port}/${protocol ?? 'tcp'}` }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(event.count === undefined ? {} : { count: event.count }),
    rule,
  };
}
