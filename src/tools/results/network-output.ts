/** The shape of scan_network's answer. Field names are the public contract. */
import { z } from 'zod';
import { CoverageNote } from '../../core/result.ts';
import { TaskState } from '../../core/task.ts';
import { ErrorOutput, FoldOutput, ScanOutput } from './output.ts';

const NetworkPort = z.strictObject({
  port: z.number().int(),
  protocol: z.string(),
  state: z.string(),
  service: z.string(),
  /** Product and version where the service said them; else how the service's name is known. */
  details: z.string(),
});

export const NetworkHost = z.strictObject({
  ip: z.string(),
  status: z.enum(['up', 'down', 'unknown']),
  /** Why nmap says so, and what else there is to know of the host. */
  status_details: z.string(),
  open_ports: z.array(NetworkPort),
});
export type NetworkHost = z.infer<typeof NetworkHost>;

export const NetworkAnswer = z.strictObject({
  /** Of a scan that has ended: whether it ended well. */
  success: z.boolean().optional(),
  /** Of a scan that has not, or not well: as the other scan tools say it. */
  status: TaskState.optional(),
  message: z.string(),
  data: z
    .strictObject({
      /** Where it was scanned from. */
      host: z.string(),
      target: z.string(),
      scan_type: z.enum(['basic', 'full', 'quick', 'custom']),
      /** Addresses in the target. */
      host_count: z.number().int(),
      up_host_count: z.number().int(),
      /** Hosts that are up; those that are down too where there are few addresses. */
      results: z.array(NetworkHost),
      /** Many hosts without open ports, told together instead of in `results`. */
      folded: z.array(FoldOutput).optional(),
    })
    .optional(),
  task_id: z.string(),
  /** When and how it ran: as the results of the other scan tools say it. */
  run: ScanOutput.pick({
    started_at: true,
    scan_time: true,
    ports_asked: true,
    argv: true,
    in_phases: true,
    report: true,
    notice: true,
  })
    .partial()
    .optional(),
  /** What was not tested, or tested in a weaker way, and why; and how the rest was. Absent when there is nothing to say. */
  coverage: z.array(CoverageNote).optional(),
  error: ErrorOutput.optional(),
});
export type NetworkAnswer = z.infer<typeof NetworkAnswer>;
