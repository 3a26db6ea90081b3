/** What the page of assets shows, as its address says it. */
import * as z from 'zod/mini';
import { wordsInAddress } from '../../parts/words-in-address.ts';

export const COLUMNS = [
  'name',
  'open',
  'vendor',
  'os',
  'class',
  'state',
  'tags',
  'site',
  'first_seen',
  'last_seen',
] as const;
export type Column = (typeof COLUMNS)[number];
export const USUAL: readonly Column[] = ['name', 'open', 'vendor', 'os', 'state', 'last_seen'];

/** Columns that the server can order by; the address, which is always there, is one more. */
export const SORTABLE = [
  'address',
  'name',
  'vendor',
  'os',
  'class',
  'state',
  'first_seen',
  'last_seen',
] as const;
export type Sortable = (typeof SORTABLE)[number];

const View = z.object({
  query: wordsInAddress(1024),
  sort: z.catch(z.optional(z.string().check(z.regex(new RegExp(`^-?(${SORTABLE.join('|')})$`)))), undefined),
  /** Those that are shown, where they are not the usual ones. */
  columns: z.catch(z.optional(z.array(z.enum(COLUMNS))), undefined),
});
export type AssetsView = z.infer<typeof View>;

export function assetsView(search: Record<string, unknown>): AssetsView {
  return View.parse(search);
}

/** The order that a click on a column asks for: its own, then turned around, then as before. */
export function nextSort(sort: string | undefined, column: Sortable): string | undefined {
  if (sort === column) return `-${column}`;
  return sort === `-${column}` ? undefined : column;
}
