/** The shape of a scan's answer. Field names are the public contract. */

import { z } from 'zod';
import { RunFacts } from '../../core/details.ts';
import { CoverageNote, HostResult, PortResult } from '../../core/result.ts';
import { TaskState } from '../../core/task.ts';

export const ErrorOutput = z.strictObject({
  code: z.string(),
  message: z.string(),
  limit: z.string().optional(),
  next: z.string(),
  retry_after_seconds: z.number().optional(),
  correlation_id: z.string().optional(),
});

/** A port as answered: what runs there in one word, and its parts. */
export const PortOutput = PortResult.extend({
  /** Product and version: `OpenSSH 8.0`. */
  version: z.string().optional(),
  product_version: z.string().optional(),
});
export type PortOutput = z.infer<typeof PortOutput>;

/** A host as answered: like the stored one, but its ports may be a part of all. */
export const HostOutput = HostResult.extend({
  ports: z.array(PortOutput),
  /** Listed ports of this host that are not in this answer; the next page has them. */
  ports_omitted: z.number().int().optional(),
});
export type HostOutput = z.infer<typeof HostOutput>;

/** Hosts without open ports, told together. */
export const FoldOutput = z.strictObject({
  hosts: z.number().int(),
  /** What was found of each: `100 closed (reset)`. */
  found: z.string(),
  /** Runs of addresses: `10.0.0.1-20, 10.0.0.25`. */
  addresses: z.string(),
});
export type FoldOutput = z.infer<typeof FoldOutput>;

/** On how many hosts a port is open, and which. */
export const DigestOutput = z.strictObject({
  port: z.number().int(),
  protocol: z.string(),
  service: z.string().optional(),
  hosts: z.number().int(),
  addresses: z.string(),
});
export type DigestOutput = z.infer<typeof DigestOutput>;

export const ScanOutput = z.strictObject({
  /** As asked. */
  target: z.string(),
  /** Which ports were asked, in words. */
  ports_asked: z.string(),
  /** When the scan began, ISO 8601 in UTC. */
  started_at: z.string(),
  /** Seconds it took, or has taken so far. */
  scan_time: z.number(),
  hosts_up: z.number().int(),
  /** Addresses that nmap has finished, up or down. */
  hosts_done: z.number().int(),
  hosts_total: z.number().int(),
  open_ports: z.number().int(),
  /** Those with open ports first. */
  hosts: z.array(HostOutput),
  /** Which of the hosts listed on all pages are on this one; absent when there is one page. */
  shown: z.strictObject({ from: z.number().int(), to: z.number().int(), of: z.number().int() }).optional(),
  /** Many hosts without open ports, told together instead of being listed. */
  folded: z.array(FoldOutput).optional(),
  /** The open ports of all hosts, those that most have first; on the first page of several hosts. */
  by_port: z.array(DigestOutput).optional(),
  /** Open ports that are not in `by_port`. */
  by_port_omitted: z.number().int().optional(),
  /** What the hosts were chosen by, in words; absent when they were not. */
  filter: z.string().optional(),
  /** The result so far: the scan still runs, or was cut. */
  partial: z.boolean(),
  /** Of a scan that still runs: the moment to ask with `since` for what came later. */
  as_of: z.string().optional(),
  /** What was not tested, or tested in a weaker way, and why. */
  coverage: z.array(CoverageNote),
  /** The machine it was scanned from; absent for this one. */
  scanner: z.string().optional(),
  /** What ran, after `nmap`. */
  argv: z.array(z.string()).optional(),
  /** An adaptive scan runs nmap more than once: `argv` is the first of those that asked ports. */
  in_phases: z.literal(true).optional(),
  nmap_version: z.string().optional(),
  /** With detail "full": what nmap said of the scan as a whole, its pre- and post-scripts too. */
  run: RunFacts.optional(),
  /** One id from the call that asked for the scan to nmap, the log and the audit. */
  correlation_id: z.string().optional(),
  /** Hand it to get_task_result for what follows; absent when this is all. */
  next_cursor: z.string().optional(),
  /** The whole report; also .json, .csv and .xml. */
  report: z.string(),
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
  /** Of a scan that the inventory knows: what changed with it, a line each, the gravest first; and how many changes there are. */
  changes: z.array(z.string()).optional(),
  changes_total: z.number().int().optional(),
});
export type ScanAnswer = z.infer<typeof ScanAnswer>;
