/**
 * What a caller wants scanned: an intent, never argv. This is what the queue stores; it is authorised when it is
 * submitted and again, with the policy of that node, when it is run.
 */
import { z } from 'zod';

/** One nmap option as asked: the canonical spelling of its flag (`-p`, `--top-ports`) and its value if it takes one. */
export const ScanOption = z.strictObject({
  flag: z.string().max(64),
  value: z.string().max(8192).optional(),
});
export type ScanOption = z.infer<typeof ScanOption>;

/**
 * How a scan goes about it. `adaptive`: in phases, fast where a check proves that nothing is lost, at nmap's own pace
 * where it does not. `plain`: one nmap with the options as they stand.
 */
export const Strategy = z.enum(['adaptive', 'plain']);
export type Strategy = z.infer<typeof Strategy>;

/** How hard an adaptive scan may press on hosts and networks (nmap/strategy/politeness.ts has the numbers). */
export const Politeness = z.enum(['gentle', 'normal', 'fast']);
export type Politeness = z.infer<typeof Politeness>;

export const ScanRequest = z.strictObject({
  /** Which tool asked: `quick_scan`, `full_scan`, `custom_scan`, ... */
  tool: z.string(),
  /** Addresses, names, CIDR networks and ranges, as written. */
  targets: z.array(z.string()).min(1).max(1024),
  options: z.array(ScanOption).max(64),
  /**
   * Where it is scanned from: the name of a scanner of the configuration, or the handle of one that was described in
   * the call and is known to this process alone. Never credentials. Absent: this machine.
   */
  scanner: z.string().max(64).optional(),
  /** That scanner in the words of the call, for the answer. */
  host: z.string().max(253).optional(),
  /** What scan_network was asked for, for its answer. */
  scanType: z.enum(['basic', 'full', 'quick', 'custom']).optional(),
  /** A person agreed to an intrusive scan when the client asked (elicitation). Never taken from a caller's arguments. */
  consent: z.boolean().optional(),
  /** The call that asked for it: one id from the request to nmap, the result, the log and the audit. */
  correlationId: z.string().max(128).optional(),
  /** The task whose shut ports this asks once more, so that one look is enough to say that they closed (rule R3). */
  recheckOf: z.string().max(64).optional(),
  /** The schedule that asked for it, by its uid. */
  schedule: z.string().max(64).optional(),
  /** Absent: plain. */
  strategy: Strategy.optional(),
  /** Of an adaptive scan; absent: normal. */
  politeness: Politeness.optional(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;
