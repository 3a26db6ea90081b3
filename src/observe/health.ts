/**
 * Whether this server is well: checks in three priorities, run from time to time, so that asking costs nothing and a
 * hundred probes are one look at the disk.
 */
import { monotonicMs } from '../core/monotonic.ts';

export type HealthPriority = 'critical' | 'important' | 'informational';
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What one look found. */
export interface Finding {
  ok: boolean;
  /** In words, with the value. */
  message: string;
  /** What was measured, and the limit it must stay below, where there is such a thing. */
  value?: number;
  limit?: number;
}

export interface HealthCheck {
  name: string;
  priority: HealthPriority;
  look(): Promise<Finding> | Finding;
}

export interface CheckReport extends Finding {
  name: string;
  priority: HealthPriority;
}

export interface HealthReport {
  /**
   * A critical check that fails (without it nothing can be served) makes it unhealthy, an important one (load, what is
   * running short) degraded; the others only inform.
   */
  status: HealthStatus;
  /** ISO 8601. */
  checked_at: string;
  /** The last look was too long ago to rely on, and a new one could not be had. */
  stale: boolean;
  checks: CheckReport[];
}

export interface HealthSettings {
  intervalSeconds: number;
  staleAfterSeconds: number;
}

export interface Health {
  /** The last look, or a new one when that is stale. Never rejects; takes at most some seconds. */
  report(): Promise<HealthReport>;
  /** Looks now. */
  check(): Promise<HealthReport>;
  /** Looks from time to time from now on. */
  start(): void;
  stop(): void;
}

/** A check that takes longer has failed: a disk that hangs must not hang those who ask whether it does. */
const CHECK_TIMEOUT_MS = 5000;

export function createHealth(parts: {
  checks: readonly HealthCheck[];
  settings: () => HealthSettings;
  onReport?: (report: HealthReport) => void;
  now?: () => number;
  /** Of how old a look is; the wall clock may be set. */
  clock?: () => number;
  timeoutMs?: number;
}): Health {
  const {
    checks,
    settings,
    onReport,
    now = Date.now,
    clock = monotonicMs,
    timeoutMs = CHECK_TIMEOUT_MS,
  } = parts;
  let last: { report: HealthReport; at: number } | undefined;
  let looking: Promise<HealthReport> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let watching = false;

  async function look(): Promise<HealthReport> {
    const reports = await Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
    const report: HealthReport = {
      status: statusOf(reports),
      checked_at: new Date(now()).toISOString(),
      stale: false,
      checks: reports,
    };
    last = { report, at: clock() };
    onReport?.(report);
    return report;
  }

  function check(): Promise<HealthReport> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  function again(): void {
    if (!watching) return;
    timer = setTimeout(() => void check().finally(again), settings().intervalSeconds * 1000).unref();
  }

  return {
    check,
    async report() {
      const fresh = () => last !== undefined && clock() - last.at <= settings().staleAfterSeconds * 1000;
      if (!fresh()) await check();
      if (!last) throw new Error('A look at the health left no report.');
      return fresh() ? last.report : { ...last.report, stale: true, status: 'unhealthy' };
    },
    start() {
      if (watching) return;
      watching = true;
      void check().finally(again);
    },
    stop() {
      watching = false;
      clearTimeout(timer);
    },
  };
}

function statusOf(reports: readonly CheckReport[]): HealthStatus {
  const failed = new Set(reports.filter(({ ok }) => !ok).map(({ priority }) => priority));
  if (failed.has('critical')) return 'unhealthy';
  return failed.has('important') ? 'degraded' : 'healthy';
}

async function runCheck({ name, priority, look }: HealthCheck, timeoutMs: number): Promise<CheckReport> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, message: `gave no answer within ${timeoutMs / 1000} s` }),
      timeoutMs,
    );
  });
  try {
    const looked = Promise.resolve().then(look);
    return { name, priority, ...(await Promise.race([looked, late])) };
  } catch (error) {
    return { name, priority, ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
