/** What is found while a look is judged: differences that count, and those that a rule holds back (rule R20). */
import type { Suppressed } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import type { ChangeKind } from './kinds.ts';

/** A confirmed difference, before it is weighed, summed up and given an incident. */
export interface Finding {
  kind: ChangeKind;
  rule: string;
  at: number;
  /** Public id; absent where it concerns a network. */
  asset?: string;
  network?: string;
  /** What of the asset or network it is about: `port local tcp/80`. One subject has one open incident. */
  subject: string;
  address?: string;
  protocol?: Protocol;
  port?: number;
  before?: string;
  after?: string;
  /** The same, as far as it matters for taking it back; left out, `before` and `after`. */
  from?: string;
  to?: string;
  /** Something else explains it as well: it is told as information. */
  slight?: true;
  lookBefore?: string;
  count?: number;
  sample?: readonly string[];
  vantage?: string;
}

/** The state of a subject that is over. */
export interface Over {
  asset?: string;
  network?: string;
  subject: string;
  at: number;
}

export class Findings {
  readonly found: Finding[] = [];
  /** Subjects whose state is over, with their asset. */
  readonly over: Over[] = [];
  readonly #suppressed = new Map<string, Suppressed>();
  readonly #look: string;

  constructor(look: string) {
    this.#look = look;
  }

  /** Guests are counted, not listed: those of one network and day are one finding. */
  add(finding: Finding): void {
    const at = this.found.findIndex(
      (one) =>
        one.kind === 'hosts.ephemeral' && one.network === finding.network && one.subject === finding.subject,
    );
    const there = this.found[at];
    if (!there || finding.kind !== 'hosts.ephemeral') this.found.push(finding);
    else
      this.found[at] = {
        ...there,
        count: (there.count ?? 0) + (finding.count ?? 0),
        sample: [...(there.sample ?? []), ...(finding.sample ?? [])].slice(0, 10),
      };
  }

  end(over: Over): void {
    this.over.push(over);
  }

  suppress(subject: string, rule: string, why: string): void {
    const key = `${subject} ${rule} ${why}`;
    const there = this.#suppressed.get(key);
    this.#suppressed.set(
      key,
      there ? { ...there, count: there.count + 1 } : { look: this.#look, subject, rule, count: 1, why },
    );
  }

  get suppressed(): Suppressed[] {
    return [...this.#suppressed.values()];
  }
}
