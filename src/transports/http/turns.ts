/**
 * Whose request is worked on next, when many come at once. Node reads all sockets that have something to say before it
 * does anything else, so five hundred calls of one caller would all go before the one of another (and before a probe).
 * Here one request begins in each turn of the event loop, and callers take turns.
 */
export class Turns {
  /** Of each caller what waits, oldest first; the callers in the order in which they come next. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #taken = false;

  /** Undefined when the request may begin at once, else a promise that resolves when it may. */
  take(caller: string): Promise<void> | undefined {
    if (!this.#taken) {
      this.#taken = true;
      setImmediate(() => this.#next());
      return undefined;
    }
    return new Promise((begin) => {
      const own = this.#waiting.get(caller);
      if (own) own.push(begin);
      else this.#waiting.set(caller, [begin]);
    });
  }

  #next(): void {
    for (const [caller, own] of this.#waiting) {
      const begin = own.shift();
      this.#waiting.delete(caller);
      if (own.length > 0) this.#waiting.set(caller, own);
      setImmediate(() => this.#next());
      begin?.();
      return;
    }
    this.#taken = false;
  }
}
