/** Rule R15: a subject that turns back and forth is told once, then held until it is calm. */
import type { Turn } from '../../core/asset.ts';
import type { Thresholds } from '../thresholds.ts';

export interface Restless {
  turns: readonly Turn[];
  flapping?: boolean;
}

/** One more confirmed turn. `tell`: the turn itself, that it flaps, or nothing. */
export function turned(
  before: Restless,
  turn: Turn,
  limits: Thresholds,
): Restless & { tell: 'turn' | 'flapping' | 'nothing' } {
  const turns = [...before.turns, turn].slice(-Math.max(limits.flapTurns, limits.calmTurns) - 6);
  if (before.flapping) return { turns, flapping: true, tell: 'nothing' };
  const recent = turns.filter(
    ({ at, look }) => turn.look - look < limits.flapLooks || turn.at - at <= limits.flapTime,
  );
  return recent.length >= limits.flapTurns
    ? { turns, flapping: true, tell: 'flapping' }
    : { turns, tell: 'turn' };
}

/**
 * A subject that flapped and has turned at most once within its last looks, as it goes on; undefined while it is not calm.
 * Turns before that are forgotten, or the next one would be the fourth again.
 */
export function calmed({ turns }: Restless, look: number, limits: Thresholds): readonly Turn[] | undefined {
  const recent = turns.filter((turn) => look - turn.look < limits.calmLooks);
  return recent.length <= limits.calmTurns ? recent : undefined;
}
