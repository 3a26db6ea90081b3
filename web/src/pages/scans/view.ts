/** What the pages of scans show, as their addresses say it. */
import * as z from 'zod/mini';

export const STATES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TaskState = (typeof STATES)[number];

const TaskId = z.string().check(z.regex(/^[0-9a-z]{6,64}$/));
/** A port number stands in an address without quotes. */
const Words = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value) => String(value)),
);

const Scans = z.object({
  state: z.catch(z.optional(z.enum(STATES)), undefined),
  /** A day: asked for on it or later. */
  since: z.catch(z.optional(z.iso.date()), undefined),
  /** The one that another is to be compared with. */
  with: z.catch(z.optional(TaskId), undefined),
});
export type ScansView = z.infer<typeof Scans>;
export const scansView = (search: Record<string, unknown>): ScansView => Scans.parse(search);

const Scan = z.object({
  open: z.catch(z.optional(z.boolean()), undefined),
  port: z.catch(z.optional(Words.check(z.maxLength(200))), undefined),
  host: z.catch(z.optional(Words.check(z.maxLength(256))), undefined),
});
export type ScanView = z.infer<typeof Scan>;
export const scanView = (search: Record<string, unknown>): ScanView => Scan.parse(search);

const Compare = z.object({
  a: z.catch(z.optional(TaskId), undefined),
  b: z.catch(z.optional(TaskId), undefined),
});
export type CompareView = z.infer<typeof Compare>;
export const compareView = (search: Record<string, unknown>): CompareView => Compare.parse(search);
