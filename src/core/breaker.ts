/**
 * A circuit breaker: after several faults in a row it refuses at once instead of letting everybody wait for the same
 * fault, and lets one trial through after a pause that doubles each time the trial fails (M. Nygard, "Release It!",
 * chapter "Circuit Breaker"). It knows nothing of what it guards: its owner tells how each call ended. Own code, because
 * the calls it guards end elsewhere and later (a scan goes on as a task), which breakers that wrap a promise cannot say.
 */
import { PortolanError } from './errors.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerSettings {
  /** Faults in a row that open it. */
  failureThreshold: number;
  /** Seconds until the first trial; doubled after each failed trial. */
  recoverySeconds: number;
  /** The longest such pause. */
  maxRecoverySeconds: number;
  /** Trials in a row that must go well before it closes. */
  halfOpenSuccesses: number;
}

export const DEFAULT_BREAKER: BreakerSettings = {
  failureThreshold: 5,
  recoverySeconds: 60,
  maxRecoverySeconds: 900,
  halfOpenSuccesses: 1,
};

/** How a guarded call ended. `neutral` says nothing about what is guarded: bad input, a refusal, a cancellation. */
export type Verdict = 'success' | 'fault' | 'neutral';

/** An admitted call; tell it once how the call ended, later words are not heard. */
export type Permit = (verdict: Verdict) => void;

export interface BreakerSnapshot {
  name: string;
  state: BreakerState;
  /** Faults in a row so far. */
  faults: number;
  /** Seconds until a trial is let through; 0 unless it is open. */
  retryAfterSeconds: number;
}

export interface BreakerListener {
  transition(name: string, from: BreakerState, to: BreakerState): void;
  call(name: string, result: 'success' | 'failure' | 'rejected'): void;
}

/** Outside things of chance, so that tests can fix them. */
export interface BreakerWorld {
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  /** 0 to 1. */
  random: () => number;
}

const WORLD: BreakerWorld = { now: () => performance.now(), random: Math.random };

export class CircuitBreaker {
  readonly name: string;
  readonly #settings: () => BreakerSettings;
  readonly #listener: BreakerListener | undefined;
  readonly #world: BreakerWorld;
  #state: BreakerState = 'closed';
  #faults = 0;
  #successes = 0;
  /** How often it has opened without closing in between. */
  #openings = 0;
  #retryAt = 0;
  #trial = false;
  /** Grows with each change of state: what a call of an earlier state says is out of date. */
  #era = 0;

  constructor(
    name: string,
    settings: () => BreakerSettings,
    listener?: BreakerListener,
    world: BreakerWorld = WORLD,
  ) {
    this.name = name;
    this.#settings = settings;
    this.#listener = listener;
    this.#world = world;
  }

  /** @throws PortolanError `breaker_open`, with the seconds after which to come back. */
  enter(): Permit {
    if (this.#state === 'open' && this.#world.now() >= this.#retryAt) this.#turn('half_open');
    if (this.#state === 'open' || this.#trial) {
      this.#listener?.call(this.name, 'rejected');
      throw this.#refusal();
    }
    if (this.#state === 'half_open') this.#trial = true;
    const era = this.#era;
    let open = true;
    return (verdict) => {
      if (!open) return;
      open = false;
      if (verdict !== 'neutral')
        this.#listener?.call(this.name, verdict === 'success' ? 'success' : 'failure');
      if (era === this.#era) this.#settle(verdict);
    };
  }

  /** Closes it by hand, as after a repair; what calls of before still say is not heard. */
  forceClose(): void {
    if (this.#state === 'closed') this.#faults = 0;
    else this.#turn('closed');
  }

  snapshot(): BreakerSnapshot {
    return {
      name: this.name,
      state: this.#state,
      faults: this.#faults,
      retryAfterSeconds: this.#state === 'open' ? this.#secondsLeft() : 0,
    };
  }

  #settle(verdict: Verdict): void {
    const { failureThreshold, halfOpenSuccesses } = this.#settings();
    this.#trial = false;
    if (verdict === 'fault') {
      this.#faults += 1;
      if (this.#state === 'half_open' || this.#faults >= failureThreshold) this.#turn('open');
    } else if (verdict === 'success') {
      this.#faults = 0;
      if (this.#state !== 'half_open') return;
      this.#successes += 1;
      if (this.#successes >= halfOpenSuccesses) this.#turn('closed');
    }
  }

  #turn(to: BreakerState): void {
    const from = this.#state;
    this.#state = to;
    this.#era += 1;
    this.#trial = false;
    this.#successes = 0;
    if (to === 'closed') {
      this.#faults = 0;
      this.#openings = 0;
    } else if (to === 'open') {
      this.#retryAt = this.#world.now() + this.#pauseMs();
      this.#openings += 1;
    }
    this.#listener?.transition(this.name, from, to);
  }

  /** Never shorter than asked for; up to a quarter longer, so that many that broke together do not come back together. */
  #pauseMs(): number {
    const { recoverySeconds, maxRecoverySeconds } = this.#settings();
    const seconds = Math.min(
      recoverySeconds * 2 ** Math.min(this.#openings, 20),
      Math.max(recoverySeconds, maxRecoverySeconds),
    );
    return seconds * 1000 * (1 + this.#world.random() / 4);
  }

  #secondsLeft(): number {
    return Math.max(1, Math.ceil((this.#retryAt - this.#world.now()) / 1000));
  }

  #refusal(): PortolanError {
    const seconds = this.#state === 'open' ? this.#secondsLeft() : 1;
    const why =
      this.#state === 'open'
        ? `${this.name} failed ${this.#faults} times in a row for reasons of this machine or its connections; it is left alone for now.`
        : `${this.name} failed before and is being tried by another call right now.`;
    return new PortolanError(
      'breaker_open',
      why,
      `Try again in ${seconds} s. The operator finds the cause in the log and in /health.`,
      {
        limit: `${this.#settings().failureThreshold} faults in a row (circuitBreaker.failureThreshold)`,
        retryAfterSeconds: seconds,
      },
    );
  }
}

/** All breakers of a process by name, for health and metrics. */
export class Breakers {
  readonly #settings: () => BreakerSettings;
  readonly #listener: BreakerListener | undefined;
  readonly #all = new Map<string, CircuitBreaker>();

  constructor(settings: () => BreakerSettings, listener?: BreakerListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** The breaker of that name, made when it is first asked for. */
  of(name: string): CircuitBreaker {
    let breaker = this.#all.get(name);
    if (!breaker) {
      breaker = new CircuitBreaker(name, this.#settings, this.#listener);
      this.#all.set(name, breaker);
    }
    return breaker;
  }

  snapshots(): BreakerSnapshot[] {
    return [...this.#all.values()].map((breaker) => breaker.snapshot());
  }

  /** @returns false when there is no such breaker. */
  forceClose(name: string): boolean {
    const breaker = this.#all.get(name);
    breaker?.forceClose();
    return breaker !== undefined;
  }
}
