/** The form of a new scan, as its address says it. */
import * as z from 'zod/mini';

/** `core`: ten ports; `hosts`: only who is up. */
export const KINDS = ['quick', 'core', 'full', 'ports', 'hosts', 'custom'] as const;
export const POLITENESS = ['gentle', 'normal', 'fast'] as const;
export const STRATEGIES = ['adaptive', 'plain'] as const;

/** A port number, and an address without dots, stand in the address of a page without quotes. */
const Words = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value) => String(value).slice(0, 4096)),
);

export const scanFields = {
  kind: z.catch(z.optional(z.enum(KINDS)), undefined),
  target: z.catch(z.optional(Words), undefined),
  ports: z.catch(z.optional(Words), undefined),
  command: z.catch(z.optional(Words), undefined),
  politeness: z.catch(z.optional(z.enum(POLITENESS)), undefined),
  strategy: z.catch(z.optional(z.enum(STRATEGIES)), undefined),
  scanner: z.catch(z.optional(Words), undefined),
};

const View = z.object(scanFields);
export type ScanSearch = z.infer<typeof View>;
export const newScanView = (search: Record<string, unknown>): ScanSearch => View.parse(search);
