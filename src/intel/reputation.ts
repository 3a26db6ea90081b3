/** What a foreign service says of an address, in the three states that an answer can have. */
import { z } from 'zod';
import { cleanField } from '../core/clean.ts';
import type { RemoteJson } from './remote-json.ts';
import type { TimedCache } from './timed-cache.ts';

const NotAsked = z.strictObject({
  status: z.enum(['not_configured', 'unavailable']),
  /** Which key is missing, or why there is no answer. */
  reason: z.string(),
});

const Fetched = {
  status: z.literal('ok'),
  /** When the service said so, UTC. */
  fetched_at: z.string(),
  /** Seconds since then: answers are kept for a while. */
  age_seconds: z.number().int(),
};

export const GreyNoiseFacts = z.strictObject({
  /** Seen scanning the internet by its sensors. */
  seen: z.boolean(),
  classification: z.string().optional(),
  actor: z.string().optional(),
  tags: z.array(z.string()).optional(),
  first_seen: z.string().optional(),
  last_seen: z.string().optional(),
  /** A common business service (a resolver, a CDN): likely harmless. */
  service: z.strictObject({ name: z.string(), trust_level: z.string().optional() }).optional(),
});
export type GreyNoiseFacts = z.output<typeof GreyNoiseFacts>;

export const OtxFacts = z.strictObject({
  /** Reports of the community that mention the address. */
  pulses: z.number().int(),
  pulse_names: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  malware_families: z.array(z.string()).optional(),
  /** What speaks against it: `Whitelisted IP`, `Known False Positive`. */
  validation: z.array(z.string()).optional(),
});
export type OtxFacts = z.output<typeof OtxFacts>;

export const GreyNoiseAnswer = z.union([z.strictObject({ ...Fetched, ...GreyNoiseFacts.shape }), NotAsked]);
export const OtxAnswer = z.union([z.strictObject({ ...Fetched, ...OtxFacts.shape }), NotAsked]);

type NotAsked = z.output<typeof NotAsked>;
type Fetched<Facts> = Facts & { status: 'ok'; fetched_at: string; age_seconds: number };
export type Reputation<Facts> = Fetched<Facts> | NotAsked;

/** Country and network as the service knows them, for when no table of ours does. */
export interface Whereabouts {
  asn?: number;
  org?: string;
  country?: string;
}

export interface Finding<Facts> {
  facts: Facts;
  where: Whereabouts;
}

export interface ReputationSource<Facts> {
  look(
    ip: string,
    family: 4 | 6,
    signal: AbortSignal,
  ): Promise<{ answer: Reputation<Facts>; where: Whereabouts }>;
}

export interface SourceDescription<Facts> {
  /** Setting that holds the key. */
  setting: string;
  ask: RemoteJson | undefined;
  families: readonly (4 | 6)[];
  path: (ip: string, family: 4 | 6) => string;
  /** Undefined when the answer is not what the service documents. */
  read: (status: number, body: unknown) => Finding<Facts> | undefined;
  cache: TimedCache<Finding<Facts>>;
  now: () => number;
}

/**
 * One service with its cache; two calls for one address at the same time share one request. A call that is given up
 * stops waiting, the request itself (which is short) fills the cache for the next one.
 */
export function createSource<Facts>(source: SourceDescription<Facts>): ReputationSource<Facts> {
  const running = new Map<string, Promise<Finding<Facts> | string>>();
  const fetchOnce = async (ip: string, family: 4 | 6, ask: RemoteJson) => {
    try {
      const answer = await ask(source.path(ip, family));
      if (!answer.ok) return answer.reason;
      const finding = source.read(answer.status, answer.body);
      if (!finding) return 'its answer is not in the form it documents';
      source.cache.set(ip, finding);
      return finding;
    } finally {
      running.delete(ip);
    }
  };
  return {
    async look(ip, family, signal) {
      if (!source.ask) return notAsked('not_configured', `set ${source.setting} to ask this service`);
      if (!source.families.includes(family)) {
        return notAsked(
          'unavailable',
          `this service knows IPv${source.families.join(', IPv')} addresses only`,
        );
      }
      const kept = source.cache.get(ip);
      if (kept) return fetched(kept.value, kept.storedAt, source.now());
      const pending = running.get(ip) ?? fetchOnce(ip, family, source.ask);
      running.set(ip, pending);
      const found = await unlessAborted(pending, signal);
      return typeof found === 'string'
        ? notAsked('unavailable', found)
        : fetched(found, source.now(), source.now());
    },
  };
}

async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value | string> {
  const reason = 'the call was given up';
  if (signal.aborted) return reason;
  const { promise, resolve } = Promise.withResolvers<string>();
  const giveUp = () => resolve(reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** The answer of a service that was not asked or said nothing. */
export function notAsked(
  status: NotAsked['status'],
  reason: string,
): { answer: NotAsked; where: Whereabouts } {
  return { answer: { status, reason }, where: {} };
}

function fetched<Facts>({ facts, where }: Finding<Facts>, at: number, now: number) {
  return {
    answer: {
      ...facts,
      status: 'ok' as const,
      fetched_at: new Date(at).toISOString(),
      age_seconds: Math.max(0, Math.round((now - at) / 1000)),
    },
    where,
  };
}

/** A short string of a service, made safe to print; an empty one counts as absent. */
export const remoteText = z
  .string()
  .transform((text) => cleanField(text, 200))
  .transform((text) => (text === '' ? undefined : text))
  .nullish()
  .transform((text) => text ?? undefined)
  .catch(undefined);

/** The first `max` of these texts, without repetition. */
export function firstTexts(texts: readonly (string | undefined)[], max: number): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].slice(0, max);
}
