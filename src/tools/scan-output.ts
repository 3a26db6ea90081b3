/** The shape of a scan's answer. Field names are the public contract. */
import { z } from 'zod';
import { CoverageNote, HostResult, PortResult } from '../core/result.ts';
import { TaskState } from '../core/task.ts';

export const ErrorOutput = z.strictObject({
  code: z.string(),
  message: z.string(),
  limit: z.string().optional(),
  next: z.string(),
  retry_after_seconds: z.number().optional(),
});

/** A port as answered: what runs there in one word, and its parts. */
export const PortOutput = PortResult.extend({
  /** Product and version: `OpenSSH 8.0`. */
  version: z.string().optional(),
  product_version: z.string().optional(),
});
export type PortOutput = z.infer<typeof PortOutput>;

/** A port as it is stored, as answers say it. */
export function portOutput({ version, ...port }: PortResult): PortOutput {
  const both = [port.product, version].filter(Boolean).join(' ');
  return {
    ...port,
    ...(both === '' ? {} : { version: both }),
    ...(version === undefined ? {} : { product_version: version }),
  };
}

/** A host as answered: like the stored one, but its ports may be a part of all. */
export const HostOutput = HostResult.omit({ details: true }).extend({
  ports: z.array(PortOutput),
  /** Listed ports of this host that are not in this answer; the next page has them. */
  ports_omitted: z.number().int().optional(),
});
export type HostOutput = z.infer<typeof HostOutput>;

export const ScanOutput = z.strictObject({
  /** As asked. */
  target: z.string(),
  /** When the scan began, ISO 8601 in UTC. */
  started_at: z.string(),
  /** Seconds it took, or has taken so far. */
  scan_time: z.number(),
  hosts_up: z.number().int(),
  /** Addresses that nmap has finished, up or down. */
  hosts_done: z.number().int(),
  hosts_total: z.number().int(),
  open_ports: z.number().int(),
  hosts: z.array(HostOutput),
  /** The result so far: the scan still runs, or was cut. */
  partial: z.boolean(),
  /** What was not tested, or tested in a weaker way, and why. */
  coverage: z.array(CoverageNote),
  /** The machine it was scanned from; absent for this one. */
  scanner: z.string().optional(),
  /** What ran, after `nmap`. */
  argv: z.array(z.string()).optional(),
  nmap_version: z.string().optional(),
  /** One id from the call that asked for the scan to nmap, the log and the audit. */
  correlation_id: z.string().optional(),
  /** Hand it to get_task_result for what follows; absent when this is all. */
  next_cursor: z.string().optional(),
  /** How to read strings that came from the targets. */
  notice: z.string(),
});
export type ScanOutput = z.infer<typeof ScanOutput>;

export const ScanAnswer = z.strictObject({
  status: TaskState,
  task_id: z.string(),
  /** What to do next. */
  message: z.string().optional(),
  result: ScanOutput.optional(),
  error: ErrorOutput.optional(),
});
export type ScanAnswer = z.infer<typeof ScanAnswer>;
