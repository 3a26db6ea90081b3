/** Records that may be shares of one scan by several sources, and the finding that stands for all of these. */
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import type { Technique } from '../findings.ts';
import type { Finding } from './finding.ts';
import { against, type Manner, worked } from './outcome.ts';
import { oddName } from './technique-rules.ts';

/** Probes on the same endpoints by several sources: above this overlap they are decoys or a flood, below it shares. */
export const OVERLAP = 2;
/** Each source by itself asks little, and shows no manner. */
const ALONE: Manner = {
  wide: false,
  thin: false,
  raw: false,
  drawn: false,
  crafted: false,
  tool: 'unknown',
  fills: () => false,
  walks: () => false,
};

/** Probes that could be a share: those that failed, by technique. */
export function isShare(table: E.EndpointTable, slot: number): boolean {
  const { words } = table;
  const kind = E.kindOf(words, slot);
  if (K.isStray(kind)) return false;
  if (!K.isTcpKind(kind) && kind !== K.UDP_PROBE) return false;
  if (worked(words, slot)) return false;
  if (kind === K.UDP_PROBE && ((words[slot + E.STATE] ?? 0) & E.FROM_SERVICE) !== 0) return false;
  return against(table, slot, ALONE) === undefined;
}

/** A connection that carried nothing, as of one who looks whether a port is open. */
export function isIdle(words: Int32Array, slot: number): boolean {
  const state = words[slot + E.STATE] ?? 0;
  if (E.kindOf(words, slot) !== K.STACK_SYN || E.attemptsOf(words, slot) > 1) return false;
  return (state & (E.A_OPEN | E.C_DATA | E.A_DATA)) === E.A_OPEN;
}

/** Idle connections are shares only beside as many that failed. */
export function mostFail(words: Int32Array, slots: Int32Array): boolean {
  let idle = 0;
  for (let i = 0; i < slots.length; i++) if (isIdle(words, slots[i] ?? 0)) idle++;
  return idle * 2 <= slots.length;
}

export function techniqueOf(words: Int32Array, slots: Int32Array): Technique {
  const kind = E.kindOf(words, slots[0] ?? 0);
  if (kind === K.UDP_PROBE) return 'udp';
  if (K.isSynKind(kind))
    return slots.every((slot) => E.kindOf(words, slot) === K.STACK_SYN) ? 'connect' : 'syn';
  if (kind === K.NULL_PROBE) return 'null';
  return kind === K.XMAS_PROBE ? 'xmas' : oddName(kind & K.ODD_FLAGS);
}

/** SYNs of raw tools and of stacks are shares of one scan. */
export function shareKind(words: Int32Array, slot: number): number {
  const kind = E.kindOf(words, slot);
  return kind === K.STACK_SYN ? K.RAW_SYN : kind;
}

/** One finding that stands for all its sources; its address is that of the first to be seen. */
export function one(
  words: Int32Array,
  slots: Int32Array,
  id: string,
  why: string,
  addresses: readonly number[],
  telling: number,
  minimum: number,
): Finding {
  const first = slots.reduce((best, slot) =>
    (words[slot + E.FIRST_PACKET] ?? 0) < (words[best + E.FIRST_PACKET] ?? 0) ? slot : best,
  );
  const group: NonNullable<Finding['group']> = { id, why, members: [], addresses };
  const finding: Finding = { ...share(words, first, slots, group), telling, minimum, role: 'scanner' };
  group.members.push(finding);
  return finding;
}

/** What a finding on shares says, whoever it is of; `first` is the record that gives its address. */
export function share(
  words: Int32Array,
  first: number,
  slots: Int32Array,
  group: NonNullable<Finding['group']>,
): Omit<Finding, 'telling' | 'minimum' | 'role'> {
  return {
    source: words[first + E.SOURCE] ?? 0,
    ipv6: ((words[first + E.KEY] ?? 0) & E.KEY_IPV6) !== 0,
    technique: techniqueOf(words, slots),
    pattern: 'distributed',
    kind: 'distributed',
    slots,
    reasons: [group.why],
    group,
    activities: [],
  };
}
