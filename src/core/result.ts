/**
 * What a scan found. One shape from the XML reader through the store to every answer (field names are the public
 * contract), so nothing is translated on the way. Every string in it came from a target and has been through
 * core/clean.
 */
import { z } from 'zod';
import { HostDetails, OsClass, PortDetails, ScriptResult, Trace } from './details.ts';

export const PortState = z.enum([
  'open',
  'closed',
  'filtered',
  'unfiltered',
  'open|filtered',
  'closed|filtered',
  // What another nmap, or a tool that writes its format, calls a state that these are not.
  'unknown',
]);
export type PortState = z.infer<typeof PortState>;

export const Protocol = z.enum(['tcp', 'udp', 'sctp', 'ip']);
export type Protocol = z.infer<typeof Protocol>;

export const PortResult = z.strictObject({
  port: z.number().int().min(0).max(65_535),
  protocol: Protocol,
  state: PortState,
  /** Why nmap says so: `syn-ack`, `reset`, `no-response`, ... (nmap manual, --reason). */
  reason: z.string().optional(),
  service: z.string().optional(),
  product: z.string().optional(),
  version: z.string().optional(),
  extra_info: z.string().optional(),
  /** `ssl` when the service speaks inside TLS. */
  tunnel: z.string().optional(),
  /** `table` = guessed from the port number alone, `probed` = the service answered. */
  method: z.enum(['table', 'probed']).optional(),
  /** nmap's confidence in the service, 0-10. */
  confidence: z.number().optional(),
  cpe: z.array(z.string()).optional(),
  scripts: z.array(ScriptResult).optional(),
  details: PortDetails.optional(),
});
export type PortResult = z.infer<typeof PortResult>;

/** Ports that nmap counted instead of listing, by state: "998 closed (reset)". */
export const PortSummary = z.strictObject({
  state: PortState,
  count: z.number().int(),
  reasons: z
    .array(
      z.strictObject({
        reason: z.string(),
        count: z.number().int(),
        protocol: z.string().optional(),
        /** Which they are, where nmap says so (7.90 or newer): `1-21,23`. */
        ports: z.string().optional(),
      }),
    )
    .optional(),
});
export type PortSummary = z.infer<typeof PortSummary>;

export const OsGuess = z.strictObject({
  name: z.string(),
  accuracy: z.number(),
  cpe: z.array(z.string()).optional(),
  classes: z.array(OsClass).optional(),
  /** Of nmap-os-db, where it is from. */
  line: z.number().optional(),
});
export type OsGuess = z.infer<typeof OsGuess>;

export const HostResult = z.strictObject({
  address: z.string(),
  status: z.enum(['up', 'down', 'unknown']),
  reason: z.string().optional(),
  hostnames: z.array(z.strictObject({ name: z.string(), type: z.string() })).optional(),
  mac: z.string().optional(),
  vendor: z.string().optional(),
  ports: z.array(PortResult),
  /** The ports that are not in `ports`, counted by state. */
  other_ports: z.array(PortSummary).optional(),
  os: z.array(OsGuess).optional(),
  scripts: z.array(ScriptResult).optional(),
  /** Hops, when nmap measured them. */
  distance: z.number().optional(),
  trace: Trace.optional(),
  /** Guessed from TCP timestamps. */
  uptime: z.strictObject({ seconds: z.number(), last_boot: z.string().optional() }).optional(),
  /** nmap gave this host up (--host-timeout): its ports are unknown. */
  timed_out: z.boolean().optional(),
  /** The host was still being scanned: its ports are those announced so far. */
  partial: z.boolean().optional(),
  details: HostDetails.optional(),
});
export type HostResult = z.infer<typeof HostResult>;

/** A statement about what was *not* tested, or tested in a weaker way than asked, and why; and how it was tested. */
export const CoverageNote = z.strictObject({
  kind: z.enum([
    'filtered',
    'host_timeout',
    'downgraded',
    'cut_off',
    'tarpit_suspected',
    'other_family',
    'not_scanned',
    'resumed',
    'output_cut',
    // Ports that were asked and are told in no state.
    'unaccounted',
    // How an adaptive scan went about it, what its check found, and where it fell back to nmap's own pace.
    'strategy',
    // What names that were asked for led to, and whether their addresses or they themselves were asked.
    'names',
    // A host that blocked this address while it was scanned: when, and what was not tested because of it.
    'blocked_us',
    // A host that takes few connections at a time: how many, and how its ports were asked then.
    'connection_limit',
  ]),
  /** Which hosts or ports; absent when it concerns the whole scan. */
  hosts: z.array(z.string()).optional(),
  message: z.string(),
});
export type CoverageNote = z.infer<typeof CoverageNote>;

/** How far a running scan is, made from what nmap says of its stages (--stats-every). */
export interface Progress {
  /** 0-100 of the whole, and never less than before. */
  percent: number;
  /** nmap's name of the phase: `SYN Stealth Scan`, `Service scan`, `NSE`, ... */
  phase: string;
  /** Seconds nmap expects the phase to take still; absent when it does not say. */
  remaining_seconds?: number;
}
