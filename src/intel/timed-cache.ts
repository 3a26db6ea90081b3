/** Answers that stay true for a while: bounded in number, oldest use dropped first, and each knows its age. */
export interface TimedCache<Value> {
  get(key: string): { value: Value; storedAt: number } | undefined;
  set(key: string, value: Value): void;
}

/** `now` gives milliseconds since the epoch, as Date.now does. */
export function createTimedCache<Value>(options: {
  max: number;
  keepMs: number;
  now: () => number;
}): TimedCache<Value> {
  const entries = new Map<string, { value: Value; storedAt: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      if (options.now() - entry.storedAt > options.keepMs) return undefined;
      entries.set(key, entry); // a Map keeps the order of insertion: this one is now the newest
      return entry;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, storedAt: options.now() });
      const oldest = entries.keys().next();
      if (entries.size > options.max && !oldest.done) entries.delete(oldest.value);
    },
  };
}
