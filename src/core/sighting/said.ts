/** What the readers of scripts give. */
import type { Fact, Mark } from '../look.ts';
import type { Protocol } from '../result.ts';

export interface Said {
  marks: Mark[];
  facts: Fact[];
}
/** Where a script ran. */
export interface Place {
  port: number;
  protocol: Protocol;
}
