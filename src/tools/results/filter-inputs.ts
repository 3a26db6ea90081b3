/** What chooses among the hosts of a result, as tools take it. */
import { z } from 'zod';

/** A moment that means the same everywhere. */
export const Since = z
  .string()
  .max(40)
  .refine(
    (text) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) && Date.parse(text) >= 0,
    'write a moment with its time zone, such as 2026-01-31T09:30:00Z',
  );

/** The arguments of get_task_result that choose. */
export const filterInputs = {
  open_only: z.boolean().optional().describe('Only hosts with open ports, and only those ports.'),
  port: z
    .string()
    .min(1)
    .max(512)
    .optional()
    .describe('Only hosts on which one of these ports is open, and only these ports: 443 or 80,8000-8100.'),
  host: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Only this host: an address, a network (10.0.0.0/28), a range or a name.'),
  since: Since.optional().describe(
    'Only hosts reported at or after this moment, such as 2026-01-31T09:30:00Z.',
  ),
};

const FilterInput = z.object(filterInputs);
export type FilterInput = z.output<typeof FilterInput>;
