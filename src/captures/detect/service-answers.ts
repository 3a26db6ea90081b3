/** UDP answers of services whose questions were not captured. */
import * as E from '../evidence/endpoints.ts';

/** Other ports of a host that show that a source probes it, rather than answers from a well-known port. */
const PLAIN_PROBES = 5;

/**
 * UDP from a well-known port to higher ones with something in it: an answer whose question was not captured, unless the
 * source also probes the host from elsewhere, or the host refuses most of it.
 */
export function answersOfServices(words: Int32Array, slots: Int32Array): Set<number> {
  const answers = new Set<number>();
  const plain = new Map<number, number>();
  const refused = new Map<number, number>();
  for (const slot of slots) {
    const state = words[slot + E.STATE] ?? 0;
    const target = words[slot + E.TARGET] ?? 0;
    const empty = ((words[slot + E.SHAPE] ?? 0) & E.SHAPE_EMPTY) !== 0;
    if ((state & E.FROM_SERVICE) !== 0 && !empty) {
      answers.add(slot);
      if ((state & E.A_PORT) !== 0) refused.set(target, (refused.get(target) ?? 0) + 1);
    } else plain.set(target, (plain.get(target) ?? 0) + 1);
  }
  for (const slot of answers) {
    const target = words[slot + E.TARGET] ?? 0;
    if ((plain.get(target) ?? 0) >= PLAIN_PROBES || (refused.get(target) ?? 0) >= PLAIN_PROBES * 2)
      answers.delete(slot);
  }
  return answers;
}
