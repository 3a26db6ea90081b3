/** The shapes of the answers of the capture tools. Field names are the public contract. */
import { z } from 'zod';
import type { ErrorValue } from '../../core/errors.ts';
import { LearntOutput } from './known-hosts.ts';

/** Seconds since the epoch; null when the capture has no times. */
const Time = z.number().nullable();
/** The same in UTC, ISO 8601. */
export const IsoTime = z.string().nullable();

/** At the head of every answer. */
export const ANSWER_HEAD = {
  ok: z.literal(true),
  /** UTC, ISO 8601. */
  generated_at: z.string(),
};

/** What must be known of the reading of a file before its numbers are trusted. */
export const READING = {
  /** The file is cut or damaged; what came before the damage was read. */
  truncated: z.literal(true).optional(),
  /** Bytes (decompressed) from the beginning to the damage. */
  offset: z.number().int().optional(),
  /** Packets that were not opened, by reason, most first; absent when every packet was. A scan in them is not seen. */
  unread: z.array(z.strictObject({ what: z.string(), packets: z.number().int() })).optional(),
  /** The reading in words: damage, approximation, unread packets, known scanners. Empty when all is well. */
  notes: z.array(z.string()),
};

const AnswerGroup = z.strictObject({
  /** Distinct pairs of target and port. */
  count: z.number().int(),
  targets: z.array(z.strictObject({ ip: z.string(), ports: z.string() })),
});

const RateWindow = z.strictObject({
  seconds: z.number(),
  start: Time,
  start_iso: IsoTime,
  endpoints: z.number().int(),
  distinct_ports: z.number().int(),
  distinct_hosts: z.number().int(),
  rate_pps: z.number(),
});

export const ScanEventOutput = z.strictObject({
  ts: Time,
  /** `ts` in UTC, ISO 8601. */
  time: IsoTime,
  src: z.string(),
  dst: z.string(),
  port: z.number().int().nullable(),
  flags: z.string(),
  /** Number of the packet in the file, from 1. */
  packet: z.number().int(),
  technique: z.string(),
});

export const SuspectOutput = z.strictObject({
  ip: z.string(),
  kind: z.enum(['vertical', 'horizontal', 'block', 'distributed', 'sweep']),
  pattern: z.enum(['vertical', 'horizontal', 'block', 'distributed']),
  technique: z.string(),
  /** Techniques that cannot be told apart from this one on the wire. */
  same_on_the_wire: z.array(z.string()).optional(),
  role: z.enum(['scanner', 'zombie', 'decoy', 'member']),
  distinct_ports: z.number().int(),
  distinct_hosts: z.number().int(),
  /** Best rate over `windows`, new endpoints a second. */
  rate_pps: z.number(),
  windows: z.array(RateWindow),
  slow: z.boolean(),
  flags_seen: z.array(z.string()),
  tool: z.strictObject({ name: z.string(), why: z.string() }),
  targets: z.array(z.strictObject({ ip: z.string(), probes: z.number().int(), ports_hit: z.number().int() })),
  ports: z.string(),
  first_seen: Time,
  first_seen_iso: IsoTime,
  last_seen: Time,
  last_seen_iso: IsoTime,
  probes: z.number().int(),
  answers: z.strictObject({
    open: AnswerGroup,
    closed: AnswerGroup,
    filtered: AnswerGroup,
    unfiltered: AnswerGroup,
    silent: AnswerGroup,
    alive: z.array(z.string()),
    alive_count: z.number().int(),
  }),
  /** Endpoints that speak for a scan; min_ports counts these. */
  endpoints: z.number().int(),
  /** Its times, where long pauses tell campaigns apart. */
  campaigns: z
    .array(
      z.strictObject({
        first_seen: z.number(),
        first_seen_iso: IsoTime,
        last_seen: z.number(),
        last_seen_iso: IsoTime,
        endpoints: z.number().int(),
      }),
    )
    .optional(),
  confidence: z.number(),
  reasons: z.array(z.string()),
  packets: z.array(z.number().int()),
  fragmented: z.literal(true).optional(),
  activities: z.array(z.string()).optional(),
  group: z
    .strictObject({
      id: z.string(),
      why: z.string(),
      sources: z.array(z.string()),
      source_count: z.number().int(),
      distinct_ports: z.number().int(),
      endpoints: z.number().int(),
    })
    .optional(),
  zombie: z.string().optional(),
  first_probe: ScanEventOutput,
  /** A scan that this Portolan ran: its task. */
  our_task: z.string().optional(),
  /** The suspect is a host of the inventory. */
  our_asset: z.strictObject({ asset_id: z.string(), name: z.string().optional() }).optional(),
  /** Open ports of our hosts that it learnt, those first that we did not know; at most 12 of `learnt_count`. */
  learnt: z.array(LearntOutput).optional(),
  learnt_count: z.number().int().optional(),
  /** Ports that answered it and that no scan of ours ever asked there. */
  never_asked: z.array(z.string()).optional(),
});
export type SuspectOutput = z.infer<typeof SuspectOutput>;

/** Sources below every threshold whose probes bear the mark of a scanner. */
export const BackgroundOutput = z.strictObject({
  sources: z.number().int(),
  probes: z.number().int(),
  /** Sources by tool. */
  tools: z.record(z.string(), z.number().int()),
  /** Those that sent most. */
  listed: z.array(
    z.strictObject({
      ip: z.string(),
      tool: z.string(),
      probes: z.number().int(),
      endpoints: z.number().int(),
      ports: z.string(),
      first_seen: Time,
      first_seen_iso: IsoTime,
      last_seen: Time,
      last_seen_iso: IsoTime,
    }),
  ),
});

/** A failure in the words of these tools: what happened, the limit and what to do are one message. */
export function captureFailure(error: ErrorValue): Record<string, unknown> {
  const { code, message, limit, next } = error;
  return {
    ok: false,
    error: code,
    message: [message, ...(limit ? [`Limit: ${limit}.`] : []), next].join(' '),
    generated_at: new Date().toISOString(),
  };
}
