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
/** A look at the processor needs some time to look at. */
const LEAST_SAMPLE_MS = 200;

export function machineChecks(thresholds: () => Thresholds, folder: string): HealthCheck[] {
  const cpu = cpuMeter();
  return [
    {
      name: 'cpu',
      priority: 'critical',
      look: async () => below('processor', await cpu(), thresholds().cpuPercent),
    },
    {
      name: 'memory',
      priority: 'critical',
      look: () => below('memory', memoryPercent(), thresholds().memoryPercent),
    },
    {
      name: 'disk',
      priority: 'critical',
      look: async () => below('disk of the database', await diskPercent(folder), thresholds().diskPercent),
    },
    { name: 'process', priority: 'important', look: processLook() },
  ];
}

function below(what: string, percent: number, limit: number): Finding {
  const value = Math.round(percent * 10) / 10;
  return { ok: value < limit, message: `${what} ${value} % used, limit ${limit} %`, value, limit };
}

/** How busy all processors were since the last look, in percent. */
function cpuMeter(): () => Promise<number> {
  let before = { ...cpuTimes(), at: performance.now() };
  return async () => {
    if (performance.now() - before.at < LEAST_SAMPLE_MS)
      await new Promise((resolve) => setTimeout(resolve, LEAST_SAMPLE_MS));
    const now = { ...cpuTimes(), at: performance.now() };
    const total = now.total - before.total;
    const percent = total > 0 ? (1 - (now.idle - before.idle) / total) * 100 : 0;
    before = now;
    return percent;
  };
}

function cpuTimes(): { idle: number; total: number } {
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
