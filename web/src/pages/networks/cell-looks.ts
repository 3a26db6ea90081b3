/** How a cell looks, and how it is said: shape and colour are the state, the shade is the age, the outline is news. */
import * as text from '../../texts/messages.js';
import { wordOf } from '../assets/words.ts';
import type { Cell, CellState } from './cells.ts';

export const STATES: Record<CellState, { mark: string; ink: string; word: () => string }> = {
  present: { mark: '●', ink: 'text-good', word: () => wordOf('state', 'present') },
  absent: { mark: '◐', ink: 'text-medium', word: () => wordOf('state', 'absent') },
  archived: { mark: '○', ink: 'text-quiet', word: () => wordOf('state', 'archived') },
  empty: { mark: '·', ink: 'text-quiet', word: text.networks_empty },
  never: { mark: '', ink: 'text-quiet', word: text.networks_never },
};

const DAY_MS = 86_400_000;
/** The older, the paler. */
export const AGES = [
  { under: DAY_MS, shade: 'bg-accent/30', word: text.networks_age_day },
  { under: 7 * DAY_MS, shade: 'bg-accent/18', word: text.networks_age_week },
  { under: 30 * DAY_MS, shade: 'bg-accent/8', word: text.networks_age_month },
  { under: Number.POSITIVE_INFINITY, shade: 'bg-transparent', word: text.networks_age_older },
] as const;

export function shadeOf({ looked }: Cell, now: number): string {
  if (looked === undefined)
    return 'bg-[repeating-linear-gradient(135deg,var(--color-line)_0_1px,transparent_1px_5px)]';
  return AGES.find(({ under }) => now - looked < under)?.shade ?? '';
}
