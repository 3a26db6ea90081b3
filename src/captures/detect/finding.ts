/** A scan as the detectors hand it on: table slots and words about them. Text and numbers are made in suspect.ts. */
import type { Pattern, Suspect, SuspectKind, Technique } from '../findings.ts';

export interface Finding {
  source: number;
  ipv6: boolean;
  technique: Technique;
  pattern: Pattern;
  kind: SuspectKind;
  slots: Int32Array;
  /** STATE bit its probes set. */
  probe: number;
  /** How many endpoints the rule asked for. */
  minimum: number;
  reasons: string[];
  role: Suspect['role'];
  group?: { id: string; why: string; members: Finding[] };
  zombie?: number;
  /** Idle scan seen at the zombie: slots of the SYN/ACK probes. */
  activities: string[];
}
