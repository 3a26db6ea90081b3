/** What the page of schedules shows, as its address says it. */
import * as z from 'zod/mini';
import { scanFields } from '../new-scan/view.ts';

const Name = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));

const View = z.object({
  /** A day of the week that is shown. */
  week: z.catch(z.optional(z.iso.date()), undefined),
  /** The schedule that is looked at. */
  name: z.catch(z.optional(Name), undefined),
  /** It is being changed. */
  edit: z.catch(z.optional(z.boolean()), undefined),
  /** A new one is being made, of the scan that the other fields say. */
  new: z.catch(z.optional(z.boolean()), undefined),
  ...scanFields,
});
export type SchedulesView = z.infer<typeof View>;
export const schedulesView = (search: Record<string, unknown>): SchedulesView => View.parse(search);
