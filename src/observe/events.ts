/**
 * What happens, for those who follow it (`/events`). The last events are kept in a ring that every reader walks through
 * at its own pace: a slow one costs no memory, and is told when events it had not read are gone.
 */

import type { Scope } from '../core/caller.ts';

export type EventKind =
  | 'health'
  | 'metrics'
  | 'task'
  | 'progress'
  | 'finding'
  | 'change'
  | 'incident'
  | 'edited';

export interface ServiceEvent {
  /** For `Last-Event-ID`: names the run of the server too, so that an id of an earlier run is known as such. */
  id: string;
  kind: EventKind;
  /** ISO 8601. */
  at: string;
  /** Whose task it is about; absent: it is nobody's in particular. */
  owner?: string;
  /** Only for those who have it. */
  scope?: Scope;
  /** Not for those who are bound to other sites. */
  site?: string;
  data: Readonly<Record<string, unknown>>;
}

/** Stands where events were that are gone. */
export interface MissedEvents {
  kind: 'missed';
  /** The newest event that is gone: the next one that comes follows it. */
  id: string;
  /** How many; absent when they were another run's. */
  count?: number;
}

/** As it is kept: a fast scan tells thousands in a second, and most are read by nobody. */
type Kept = Omit<ServiceEvent, 'id' | 'at'> & { at: number };

const CAPACITY = 2048;

export class EventLog {
  readonly #capacity: number;
  readonly #run: string;
  readonly #ring: Kept[] = [];
  #next = 1;
  #waiting = new Set<() => void>();

  constructor(capacity: number = CAPACITY, run: string = Date.now().toString(36)) {
    this.#capacity = capacity;
    this.#run = run;
  }

  /** The number of readers that wait for the next event. */
  get waiting(): number {
    return this.#waiting.size;
  }

  publish(
    kind: EventKind,
    data: Readonly<Record<string, unknown>>,
    { owner, scope, site }: { owner?: string | undefined; scope?: Scope; site?: string } = {},
  ): void {
    const event: Kept = { kind, at: Date.now(), data };
    if (owner !== undefined) event.owner = owner;
    if (scope !== undefined) event.scope = scope;
    if (site !== undefined) event.site = site;
    this.#ring[this.#next % this.#capacity] = event;
    this.#next += 1;
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /**
   * Events as they happen, from the one after `lastEventId` on (without it: from now on), until the signal aborts.
   * @param visible which of them this reader may see.
   */
  async *read(options: {
    lastEventId?: string | undefined;
    signal: AbortSignal;
    visible?: (event: ServiceEvent) => boolean;
  }): AsyncGenerator<ServiceEvent | MissedEvents, void, undefined> {
    const { lastEventId, signal, visible = () => true } = options;
    let at = this.#next;
    if (lastEventId !== undefined) {
      const known = this.#position(lastEventId);
      at = known === undefined ? this.#oldest() : known + 1;
      if (known === undefined) yield { kind: 'missed', id: `${this.#run}-${at - 1}` };
    }
    while (!signal.aborted) {
      const oldest = this.#oldest();
      if (at < oldest) {
        yield { kind: 'missed', id: `${this.#run}-${oldest - 1}`, count: oldest - at };
        at = oldest;
        continue;
      }
      const kept = at < this.#next ? this.#ring[at % this.#capacity] : undefined;
      if (kept) {
        const event = { ...kept, id: `${this.#run}-${at}`, at: new Date(kept.at).toISOString() };
        at += 1;
        if (visible(event)) yield event;
      } else {
        await this.#more(signal);
      }
    }
  }

  #oldest(): number {
    return Math.max(1, this.#next - this.#capacity);
  }

  /** The number within this run; undefined for an id of another run, or none of ours. */
  #position(id: string): number | undefined {
    const [, run, number] = /^([0-9a-z]+)-(\d{1,15})$/.exec(id) ?? [];
    const position = Number(number);
    return run === this.#run && position < this.#next ? position : undefined;
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}
