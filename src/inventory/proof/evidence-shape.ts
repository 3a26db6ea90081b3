/** The shape of the proof of looking, as it is kept and passed on. */
import { z } from 'zod';

const Rows = z.array(z.record(z.string(), z.unknown()));

/** The report as it comes from a server elsewhere. */
export const Evidence = z.looseObject({
  title: z.string(),
  made_by: z.string(),
  from: z.string(),
  to: z.string(),
  summary: z.record(z.string(), z.number()),
  coverage: Rows,
  looks: Rows,
  not_looked_at: z.array(z.string()),
  refused: Rows,
  decisions: Rows,
  expected: Rows,
});
export type Evidence = z.infer<typeof Evidence>;
