/**
 * What nmap tells besides: everything of its XML (nmap.dtd, xmloutputversion 1.05) that is not needed to answer from
 * one glance. Kept so that a report holds all that nmap's own would.
 */
import { z } from 'zod';

/** Checked as it says, and published as a thing of any shape: every client pays for a schema, few read what is here. */
function unpublished<T>(shape: z.ZodType<T>): z.ZodType<T> {
  return z.custom<T>((value) => shape.safeParse(value).success);
}

/** A script's result in pieces: keyed ones as an object, others as a list; of both, the list is under `#`. */
export type ScriptData = string | ScriptData[] | { [key: string]: ScriptData };
const ScriptDataShape: z.ZodType<ScriptData> = z.lazy(() =>
  z.union([z.string(), z.array(ScriptDataShape), z.record(z.string(), ScriptDataShape)]),
);
export const ScriptData = unpublished(ScriptDataShape);

export const ScriptResult = z.strictObject({
  id: z.string(),
  output: z.string(),
  data: ScriptData.optional(),
});
export type ScriptResult = z.infer<typeof ScriptResult>;

const PortDetailsShape = z.strictObject({
  /** Time to live of the answer that told the state. */
  reason_ttl: z.number().optional(),
  /** Who sent that answer, when it was not the host. */
  reason_ip: z.string().optional(),
  owner: z.string().optional(),
  /** What the service says of its host. */
  hostname: z.string().optional(),
  os_type: z.string().optional(),
  device_type: z.string().optional(),
  rpc: z
    .strictObject({
      number: z.number().optional(),
      lowest_version: z.number().optional(),
      highest_version: z.number().optional(),
    })
    .optional(),
  /** Of a service that nmap does not know, to be sent to its authors. */
  fingerprint: z.string().optional(),
});
export type PortDetails = z.infer<typeof PortDetailsShape>;
export const PortDetails = unpublished(PortDetailsShape);

const OsClassShape = z.strictObject({
  vendor: z.string(),
  family: z.string(),
  generation: z.string().optional(),
  type: z.string().optional(),
  accuracy: z.number(),
  cpe: z.array(z.string()).optional(),
});
export type OsClass = z.infer<typeof OsClassShape>;
export const OsClass = unpublished(OsClassShape);

/** Numbers of one kind in the order they came, as nmap writes them, and what it makes of them. */
const Sequence = z.strictObject({ class: z.string(), values: z.string().optional() });

const HostDetailsShape = z.strictObject({
  reason_ttl: z.number().optional(),
  /** Seconds since the epoch. */
  started: z.number().optional(),
  ended: z.number().optional(),
  comment: z.string().optional(),
  /** Answers to a ping of a broadcast address. */
  smurf_responses: z.number().optional(),
  /** Ports that OS detection used. */
  os_ports: z.array(z.strictObject({ state: z.string(), protocol: z.string(), port: z.number() })).optional(),
  os_fingerprints: z.array(z.string()).optional(),
  tcp_sequence: z.strictObject({ index: z.number(), difficulty: z.string(), values: z.string() }).optional(),
  ip_id_sequence: Sequence.optional(),
  tcp_timestamp_sequence: Sequence.optional(),
  /** Round trip and its variance, and how long nmap waited for an answer: microseconds. */
  round_trip: z.strictObject({ mean: z.number(), variance: z.number(), timeout: z.number() }).optional(),
});
export type HostDetails = z.infer<typeof HostDetailsShape>;
export const HostDetails = unpublished(HostDetailsShape);

/** The way to a host (--traceroute). */
const TraceShape = z.strictObject({
  /** What the probes were: to this port of the host. */
  protocol: z.string().optional(),
  port: z.number().int().optional(),
  hops: z.array(
    z.strictObject({
      ttl: z.number().int(),
      address: z.string().optional(),
      name: z.string().optional(),
      rtt_ms: z.number().optional(),
    }),
  ),
});
export type Trace = z.infer<typeof TraceShape>;
export const Trace = unpublished(TraceShape);

/** What nmap says of a whole run rather than of a host. */
const RunFactsShape = z.strictObject({
  /** Seconds since the epoch. */
  started: z.number().optional(),
  verbosity: z.number().optional(),
  debugging: z.number().optional(),
  /** Which ports were asked, and how. */
  asked: z.array(
    z.strictObject({
      type: z.string(),
      protocol: z.string(),
      flags: z.string().optional(),
      count: z.number(),
      ports: z.string(),
    }),
  ),
  skipped: z.array(z.strictObject({ specification: z.string(), reason: z.string() })).optional(),
  /** nmap's own phases; seconds since the epoch. */
  phases: z
    .array(
      z.strictObject({
        name: z.string(),
        began: z.number().optional(),
        ended: z.number().optional(),
        /** What nmap said of it when it began, and at its end: `3000 total ports`. */
        intent: z.string().optional(),
        info: z.string().optional(),
      }),
    )
    .optional(),
  pre_scripts: z.array(ScriptResult).optional(),
  post_scripts: z.array(ScriptResult).optional(),
  finished: z
    .strictObject({
      time: z.number().optional(),
      elapsed: z.number(),
      summary: z.string().optional(),
      up: z.number(),
      down: z.number(),
      total: z.number(),
    })
    .optional(),
  reach: z
    .strictObject({
      /** Addresses that were to be asked, as nmap was given them, over all starts of a scanner. */
      targets: z.array(z.string()),
      /** Of those: to which nothing was sent, in the same words. */
      not_reached: z.array(z.string()).optional(),
      /** The scanning machine's own addresses, `10.0.0.5/24`, and without a prefix those it is seen under (NAT). */
      sources: z.array(z.string()),
      /** Whether it could open raw sockets each time. */
      raw: z.boolean(),
      /** Why silence may mean nothing: its system did not take all packets, or its clock jumped. */
      doubt: z.string().optional(),
    })
    .optional(),
});
/** Who was asked, from where and with which rights: said by Portolan, not by nmap. */
export type Reach = NonNullable<RunFacts['reach']>;
export type RunFacts = z.infer<typeof RunFactsShape>;
export const RunFacts = unpublished(RunFactsShape);
