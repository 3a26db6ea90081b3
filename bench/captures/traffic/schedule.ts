/** Whatever sends packets over time: a session, a scan, the arrival of sessions. */
export interface Actor {
  /** Does what is due at `now` and gives when it wants its next turn, {@link OVER} for never. */
  step(now: number): number;
}

export const OVER = Number.POSITIVE_INFINITY;

/** Lets actors take their turns in order of time (a binary heap). Times are microseconds. */
export class Schedule {
  readonly #times: number[] = [];
  readonly #actors: Actor[] = [];

  /** `at` must not lie before the turn that is being taken. */
  add(at: number, actor: Actor): void {
    let hole = this.#times.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if ((this.#times[parent] ?? 0) <= at) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#times[hole] = at;
    this.#actors[hole] = actor;
  }

  run(until: number): void {
    for (;;) {
      const now = this.#times[0];
      const actor = this.#actors[0];
      if (now === undefined || actor === undefined || now > until) return;
      const next = actor.step(now);
      if (next < OVER) this.#sink(next, actor);
      else this.#drop();
    }
  }

  /** Takes the first one out; the last one sinks from its place. */
  #drop(): void {
    const time = this.#times.pop();
    const actor = this.#actors.pop();
    if (time !== undefined && actor !== undefined && this.#times.length > 0) this.#sink(time, actor);
  }

  #sink(time: number, actor: Actor): void {
    const times = this.#times;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] ?? 0) < (times[child] ?? 0)) child++;
      if (time <= (times[child] ?? 0)) break;
      this.#move(child, hole);
      hole = child;
    }
    times[hole] = time;
    this.#actors[hole] = actor;
  }

  #move(from: number, to: number): void {
    const actor = this.#actors[from];
    if (actor === undefined) return;
    this.#times[to] = this.#times[from] ?? 0;
    this.#actors[to] = actor;
  }
}
