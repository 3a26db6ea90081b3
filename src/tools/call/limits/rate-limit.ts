/** How many calls of a tool a caller may make in a minute. Counted in memory: each process counts for itself. */
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ErrorCode, PortolanError } from '../../../core/errors.ts';
import type { CallGate, ToolOutcome } from '../call-tool.ts';
import type { Operation } from '../operations.ts';

export interface RateLimits {
  /** Calls a minute of a tool that sends to other machines and changes something: a scan. 0 sets no limit. */
  scansPerMinute: number;
  /** Of every other tool. 0 sets no limit. */
  readsPerMinute: number;
}

/** Questions that a call may ask one after the other without counting as several. */
const MOST_QUESTIONS = 3;

type Limiters = Record<keyof RateLimits | 'questions', RateLimiterMemory>;

/** Refuses with `rate_limited`, which says when the next call may come. Counts per caller and tool. */
export function rateLimit(limits: () => RateLimits): CallGate {
  let loading: Promise<Limiters> | undefined;
  return {
    counts: true,
    async enter({ tool, caller }) {
      const kind: keyof RateLimits = isScan(tool) ? 'scansPerMinute' : 'readsPerMinute';
      const points = limits()[kind];
      if (points === 0) return () => {};
      loading ??= load();
      const limiters = await loading;
      const { [kind]: limiter, questions } = limiters;
      limiter.points = points;
      questions.points = points * MOST_QUESTIONS;
      const key = `${tool.name} ${caller.id}`;
      try {
        await limiter.consume(key);
      } catch (full) {
        throw refusal(tool, points, kind, waitOf(full));
      }
      return (outcome) => {
        if (outcome) {
          if (kind === 'scansPerMinute' && isSlip(outcome))
            void asRead(limiters, limits().readsPerMinute, key);
          return;
        }
        // The call only stopped to ask a question: it comes again, and is one call. Without end it is not.
        questions.consume(key).then(
          () => limiter.reward(key),
          () => {},
        );
      };
    },
  };
}

const SLIPS: ReadonlySet<ErrorCode> = new Set([
  'invalid_argument',
  'invalid_target',
  'invalid_ports',
  'invalid_option',
]);

/** A call that could not be read: nothing was judged and nothing sent. */
const isSlip = (outcome: ToolOutcome) => !outcome.ok && SLIPS.has(outcome.error.code);

/**
 * A few slips must not keep anybody from scanning: they count as reads. As many as there may be reads, that is; beyond
 * that they count as the scans they were meant to be, so that no refusal is without limit.
 */
async function asRead(limiters: Limiters, reads: number, key: string): Promise<void> {
  const { scansPerMinute, readsPerMinute: limiter } = limiters;
  limiter.points = reads;
  const within =
    reads === 0 ||
    (await limiter.consume(key).then(
      () => true,
      () => false,
    ));
  if (within) await scansPerMinute.reward(key);
}

/** Whether calls of this tool count as scans. */
export function isScan({ annotations }: Pick<Operation, 'annotations'>): boolean {
  return annotations.openWorld && !annotations.readOnly;
}

// Loaded with the first call: it brings every kind of store there is, and a client waits for us to start.
async function load(): Promise<Limiters> {
  const { RateLimiterMemory: Limiter } = await import('rate-limiter-flexible');
  const minute = () => new Limiter({ points: 1, duration: 60 });
  return { scansPerMinute: minute(), readsPerMinute: minute(), questions: minute() };
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
