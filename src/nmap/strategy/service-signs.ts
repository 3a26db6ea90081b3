/**
 * Which ports say nothing while one nmap asks what listens there. It tells a service only when all are done, but every
 * connection at once (--version-trace). What is read there decides about time alone, never about a name.
 */
import type { ServiceSign } from '../run/service-trace.ts';

/** Silent to the waiting for a greeting and to the first probe: now it is looked who is silent at all. */
const SILENCES = 2;
/** How long a port is given to answer a probe before it counts as silent, in milliseconds. */
const ANSWER_MS = 1500;

interface Signs {
  answered: boolean;
  silences: number;
  /** When it had been silent last, in milliseconds. */
  since: number;
}

export class ServiceSigns {
  readonly #ports = new Map<string, Signs>();
  readonly #cut = new Set<string>();
  readonly #now: () => number;
  #look: (() => void) | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  take({ address, port, sign }: ServiceSign): void {
    const key = `${address} ${port}`;
    if (sign === 'script cut') {
      this.#cut.add(key);
      return;
    }
    const signs = this.#ports.get(key) ?? { answered: false, silences: 0, since: 0 };
    this.#ports.set(key, signs);
    if (sign === 'answer') signs.answered = true;
    else {
      signs.silences += 1;
      signs.since = this.#now();
      if (signs.silences >= SILENCES && !signs.answered) this.#look?.();
    }
  }

  /** Nothing came from it, neither a greeting nor an answer to what was sent since. */
  isSilent(address: string, port: number): boolean {
    const { answered, silences, since } = this.#ports.get(`${address} ${port}`) ?? NONE;
    return !answered && silences > 0 && this.#now() - since >= ANSWER_MS;
  }

  /** A version script was ended before it was done. */
  wasCut(address: string, port: number): boolean {
    return this.#cut.has(`${address} ${port}`);
  }

  /** Resolves when ports have turned out silent; never where none do. */
  async silence(): Promise<void> {
    const late = (signs: Signs) => !signs.answered && signs.silences >= SILENCES;
    do {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
      await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    } while (![...this.#ports.values()].some(late));
  }
}

const NONE: Signs = { answered: false, silences: 0, since: 0 };
