/** How many calls of a tool a caller may make in a minute. Counted in memory: each process counts for itself. */
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { PortolanError } from '../../../core/errors.ts';
import type { Operation } from '../../operations.ts';
import type { CallGate } from '../call-tool.ts';

export interface RateLimits {
  /** Calls a minute of a tool that sends to other machines and changes something: a scan. 0 sets no limit. */
  scansPerMinute: number;
  /** Of every other tool. 0 sets no limit. */
  readsPerMinute: number;
}

/** Refuses with `rate_limited`, which says when the next call may come. Counts per caller and tool. */
export function rateLimit(limits: () => RateLimits): CallGate {
  let loading: Promise<Record<keyof RateLimits, RateLimiterMemory>> | undefined;
  return {
    async enter({ tool, caller }) {
      const kind: keyof RateLimits = isScan(tool) ? 'scansPerMinute' : 'readsPerMinute';
      const points = limits()[kind];
      if (points === 0) return () => {};
      loading ??= load();
      const limiter = (await loading)[kind];
      limiter.points = points;
      const key = `${tool.name} ${caller.id}`;
      try {
        await limiter.consume(key);
      } catch (full) {
        throw refusal(tool, points, kind, waitOf(full));
      }
      return (outcome) => {
        // The call only stopped to ask a question: it comes again, and is one call.
        if (!outcome) void limiter.reward(key);
      };
    },
  };
}

/** Whether calls of this tool count as scans. */
export function isScan({ annotations }: Pick<Operation, 'annotations'>): boolean {
  return annotations.openWorld && !annotations.readOnly;
}

// Loaded with the first call: it brings every kind of store there is, and a client waits for us to start.
async function load(): Promise<Record<keyof RateLimits, RateLimiterMemory>> {
  const { RateLimiterMemory: Limiter } = await import('rate-limiter-flexible');
  const minute = () => new Limiter({ points: 1, duration: 60 });
  return { scansPerMinute: minute(), readsPerMinute: minute() };
}

/** Seconds until the window ends; the library rejects with its counters. */
function waitOf(full: unknown): number {
  if (typeof full !== 'object' || full === null || !('msBeforeNext' in full)) throw full;
  return Math.max(1, Math.ceil(Number(full.msBeforeNext) / 1000));
}

function refusal(tool: Operation, points: number, kind: string, seconds: number): PortolanError {
  return new PortolanError(
    'rate_limited',
    `${tool.name} was called too often in the last minute.`,
    `Call it again in ${seconds} s; one scan may have many targets.`,
    { limit: `${points} calls a minute of one tool (rateLimit.${kind})`, retryAfterSeconds: seconds },
  );
}
