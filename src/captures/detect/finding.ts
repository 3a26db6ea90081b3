/** A scan as the detectors hand it on: table slots and words about them. Text and numbers are made in suspect.ts. */
import type { Cell } from '../evidence/cells.ts';
import type { Pattern, Suspect, SuspectKind, Technique } from '../findings.ts';

export interface Finding {
  source: number;
  ipv6: boolean;
  technique: Technique;
  pattern: Pattern;
  kind: SuspectKind;
  slots: Int32Array;
  /** Where most of a large scan lies. */
  cells?: readonly Cell[];
  /** Endpoints that speak for a scan, and how many of them the rule asks for. */
  telling: number;
  minimum: number;
  /** Found only by looking for less than the settings ask for. */
  faint?: true;
  reasons: string[];
  role: Suspect['role'];
  group?: { id: string; why: string; members: Finding[]; addresses?: readonly number[] };
  zombie?: number;
  activities: string[];
}
