/** Prometheus metrics of this process. Names and labels are a public contract: dashboards and alerts query them. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { BreakerListener, BreakerSnapshot, BreakerState } from '../core/breaker.ts';
import { errorTypeOf } from '../core/error-type.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { HealthReport, HealthStatus } from './health.ts';

export interface MetricSources {
  version: string;
  /** Waiting and running scans, over all processes that share the database. */
  queue: () => Promise<{ pending: number; running: number }>;
  breakers: () => BreakerSnapshot[];
}

export interface MetricsSummary {
  calls: number;
  errors: number;
  active: number;
  hosts_found: number;
  open_ports_found: number;
  scans: { pending: number; running: number } | undefined;
}

export interface HttpRequest {
  method: string;
  /** Of a few: what a caller made up is none. */
  route: string;
  status: number;
  seconds: number;
}

const HTTP_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']);
const STATE: Record<BreakerState, number> = { closed: 0, open: 1, half_open: 2 };
const HEALTH: Record<HealthStatus, number> = { healthy: 0, degraded: 1, unhealthy: 2 };
/** From a status in milliseconds to a scan that is waited for. */
const CALL_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const SCAN_BUCKETS = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400];
/** A database that hangs must not hang those who read the metrics. */
const QUEUE_WAIT_MS = 1000;

export class Metrics implements BreakerListener {
  readonly #registry = new Registry();
  readonly #queue: MetricSources['queue'];
  readonly #active = new Map<string, string>();
  readonly #counts = { calls: 0, errors: 0, hosts: 0, ports: 0 };
  readonly #calls = this.#counter('mcp_tool_execution_total', 'Calls of a tool that have ended.', [
    'tool',
    'status',
    'error_type',
  ]);
  readonly #seconds = this.#histogram(
    'mcp_tool_execution_seconds',
    'How long calls took.',
    ['tool'],
    CALL_BUCKETS,
  );
  readonly #errors = this.#counter('mcp_tool_errors_total', 'Calls of a tool that failed or were refused.', [
    'tool',
    'error_type',
  ]);
  readonly #breakerCalls = this.#counter(
    'circuit_breaker_calls_total',
    'Calls that reached a circuit breaker.',
    ['name', 'result'],
  );
  readonly #transitions = this.#counter('circuit_breaker_transitions_total', 'Changes of state.', [
    'name',
    'from_state',
    'to_state',
  ]);
  readonly #hosts = this.#counter('portolan_hosts_found_total', 'Hosts that scans reported as up.', []);
  readonly #ports = this.#counter('portolan_open_ports_found_total', 'Open ports on those hosts.', []);
  readonly #scans = this.#counter('portolan_scans_total', 'Scans that have ended.', ['tool', 'state']);
  readonly #scanSeconds = this.#histogram(
    'portolan_scan_seconds',
    'How long scans ran.',
    ['tool'],
    SCAN_BUCKETS,
  );
  readonly #requests = this.#histogram(
    'mcp_http_request_duration_seconds',
    'How long HTTP requests took, to the last byte of the answer; a stream lasts as long as it is open.',
    ['method', 'route', 'status'],
    CALL_BUCKETS,
  );
  readonly #attempts = this.#counter(
    'mcp_auth_attempts_total',
    'HTTP requests by how they fared at the gate.',
    ['result'],
  );
  readonly #health = this.#gauge('portolan_health_status', '0 healthy, 1 degraded, 2 unhealthy.', []);
  readonly #checks = this.#gauge('portolan_health_check', 'One check: 1 well, 0 not.', ['check', 'priority']);

  constructor({ version, queue, breakers }: MetricSources) {
    this.#queue = queue;
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('portolan_build_info', 'The version of Portolan; always 1.', ['version']).set({ version }, 1);
    this.#gauge('mcp_tool_active', 'Calls of a tool that are under way.', ['tool'], (gauge) => {
      // Tools that were active once stay at 0: a series that vanishes looks like one that stands still.
      gauge.reset();
      for (const tool of this.#seenTools) gauge.set({ tool }, 0);
      for (const tool of this.#active.values()) gauge.inc({ tool });
    });
    this.#gauge('circuit_breaker_state', '0 closed, 1 open, 2 half-open.', ['name'], (gauge) => {
      gauge.reset();
      for (const { name, state } of breakers()) gauge.set({ name }, STATE[state]);
    });
    // Not a number, rather than an old one, when nobody knows.
    this.#gauge('portolan_scans_queued', 'Scans that wait for a free place.', [], async (gauge) => {
      gauge.set((await this.#queueCounts())?.pending ?? Number.NaN);
    });
    this.#gauge('portolan_scans_running', 'Scans that run.', [], async (gauge) => {
      gauge.set((await this.#queueCounts())?.running ?? Number.NaN);
    });
  }

  #counting: Promise<{ pending: number; running: number } | undefined> | undefined;
  readonly #seenTools = new Set<string>();

  callStarted(callId: string, tool: string): void {
    this.#seenTools.add(tool);
    this.#active.set(callId, tool);
  }

  /** It only stopped to ask a question. */
  callLeft(callId: string): void {
    this.#active.delete(callId);
  }

  callEnded(callId: string, tool: string, code: ErrorCode | undefined, seconds: number): void {
    this.#seenTools.add(tool);
    this.#active.delete(callId);
    this.#counts.calls += 1;
    const type = code === undefined ? undefined : errorTypeOf(code);
    this.#calls.inc({ tool, status: type === undefined ? 'success' : 'error', error_type: type ?? 'none' });
    this.#seconds.observe({ tool }, seconds);
    if (type === undefined) return;
    this.#counts.errors += 1;
    this.#errors.inc({ tool, error_type: type });
  }

  requestEnded({ method, route, status, seconds }: HttpRequest): void {
    const known = HTTP_METHODS.has(method) ? method : 'other';
    this.#requests.observe({ method: known, route, status: String(status) }, seconds);
  }

  /** A request at the gate: let in, or refused and why. */
  authenticated(result: string): void {
    this.#attempts.inc({ result });
  }

  hostFound(openPorts: number): void {
    this.#counts.hosts += 1;
    this.#counts.ports += openPorts;
    this.#hosts.inc(1);
    this.#ports.inc(openPorts);
  }

  scanEnded(tool: string, state: string, seconds: number | undefined): void {
    this.#scans.inc({ tool, state });
    if (seconds !== undefined) this.#scanSeconds.observe({ tool }, seconds);
  }

  healthChecked({ status, checks }: Pick<HealthReport, 'status' | 'checks'>): void {
    this.#health.set(HEALTH[status]);
    for (const { name, priority, ok } of checks) this.#checks.set({ check: name, priority }, ok ? 1 : 0);
  }

  transition(name: string, from: BreakerState, to: BreakerState): void {
    this.#transitions.inc({ name, from_state: from, to_state: to });
  }

  call(name: string, result: 'success' | 'failure' | 'rejected'): void {
    this.#breakerCalls.inc({ name, result });
  }

  /** Of the answer that {@link text} gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }

  /** The names of all metrics, as they are queried (a histogram is `_bucket`, `_sum` and `_count`). */
  names(): string[] {
    return this.#registry.getMetricsAsArray().flatMap(({ name, type }) =>
      // The library tells types by number in some versions and by word in others; the text format has the words.
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
  }

  async summary(): Promise<MetricsSummary> {
    const { calls, errors, hosts, ports } = this.#counts;
    return {
      calls,
      errors,
      active: this.#active.size,
      hosts_found: hosts,
      open_ports_found: ports,
      scans: await this.#queueCounts(),
    };
  }

  #queueCounts(): Promise<{ pending: number; running: number } | undefined> {
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    return this.#counting;
  }

  async #count(): Promise<{ pending: number; running: number } | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), QUEUE_WAIT_MS);
    });
    return await Promise.race([this.#queue().catch(() => undefined), late]).finally(() =>
      clearTimeout(timer),
    );
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter<L>({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect?: (gauge: Gauge<L>) => void | Promise<void>,
  ): Gauge<L> {
    const gauge: Gauge<L> = new Gauge<L>({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      ...(collect ? { collect: () => collect(gauge) } : {}),
    });
    return gauge;
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    return new Histogram<L>({ name, help, labelNames, buckets, registers: [this.#registry] });
  }
}
