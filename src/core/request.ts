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

export const ScanRequest = z.strictObject({
  /** Which tool asked: `quick_scan`, `full_scan`, `custom_scan`, ... */
  tool: z.string(),
  /** Addresses, names, CIDR networks and ranges, as written. */
  targets: z.array(z.string()).min(1).max(1024),
  options: z.array(ScanOption).max(64),
  /** A person agreed to an intrusive scan when the client asked (elicitation). Never taken from a caller's arguments. */
  consent: z.boolean().optional(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;
