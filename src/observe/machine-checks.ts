/** The health checks of this machine and of this process: processor, memory, disk, event loop. */
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Finding, HealthCheck } from './health.ts';

/** In percent, from the `health` group of the configuration. */
export interface Thresholds {
  cpuPercent: number;
  memoryPercent: number;
  diskPercent: number;
}

/** The longest a healthy process lets its events wait, in milliseconds at p99. */
const LOOP_DELAY_MS = 1000;
/** A busy moment is no trouble: the processor is judged by this much time, and not before half of it has passed. */
const CPU_WINDOW_MS = 20_000;

export function machineChecks(thresholds: () => Thresholds, folder: string): HealthCheck[] {
  const cpu = cpuMeter(cpuTimes);
  return [
    {
      name: 'cpu',
      priority: 'important',
      look: () => {
        const percent = cpu();
        if (percent === undefined) return { ok: true, message: 'processor: not watched for long enough yet' };
        return below('processor', percent, thresholds().cpuPercent);
      },
    },
    {
      name: 'memory',
      priority: 'important',
      look: () => below('memory', memoryPercent(), thresholds().memoryPercent),
    },
    {
      name: 'disk',
      priority: 'important',
      look: async () => below('disk of the database', await diskPercent(folder), thresholds().diskPercent),
    },
    { name: 'process', priority: 'important', look: processLook() },
  ];
}

function below(what: string, percent: number, limit: number): Finding {
  const value = Math.round(percent * 10) / 10;
  return { ok: value < limit, message: `${what} ${value} % used, limit ${limit} %`, value, limit };
}

export interface CpuTimes {
  idle: number;
  total: number;
}

/**
 * How busy all processors were, in percent, over the time that was watched: the last {@link CPU_WINDOW_MS} or, when it
 * is asked less often, since the last look. Undefined until half of that has passed.
 */
export function cpuMeter(
  times: () => CpuTimes,
  now: () => number = () => performance.now(),
): () => number | undefined {
  const looks = [{ ...times(), at: now() }];
  return () => {
    const current = { ...times(), at: now() };
    // The oldest look that counts is the youngest one that is a whole window away.
    while (looks[1] && current.at - looks[1].at >= CPU_WINDOW_MS) looks.shift();
    const [from] = looks;
    looks.push(current);
    if (!from || current.at - from.at < CPU_WINDOW_MS / 2) return undefined;
    const total = current.total - from.total;
    return total > 0 ? (1 - (current.idle - from.idle) / total) * 100 : 0;
  };
}

function cpuTimes(): CpuTimes {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}

/** Of what this process may have: the limit of its container where there is one, else the machine's. */
function memoryPercent(): number {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  return (1 - Math.min(process.availableMemory(), total) / total) * 100;
}

/** Of what users other than root may have, as df(1) counts it. */
async function diskPercent(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const used = blocks - bfree;
  return used + bavail > 0 ? (used / (used + bavail)) * 100 : 0;
}

function processLook(): () => Finding {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return () => {
    const value = Math.round(delay.percentile(99) / 1e6) || 0;
    delay.reset();
    const memory = Math.round(process.memoryUsage.rss() / 1_048_576);
    return {
      ok: value < LOOP_DELAY_MS,
      message: `up ${Math.round(process.uptime())} s, ${memory} MiB, events wait ${value} ms (p99), ${availableParallelism()} processors`,
      value,
      limit: LOOP_DELAY_MS,
    };
  };
}
