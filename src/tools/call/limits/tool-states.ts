/** Tools that an administrator has switched off: kept in the store, seen by every process that uses it. */

import { PortolanError } from '../../../core/errors.ts';
import { monotonicMs } from '../../../core/monotonic.ts';
import type { CallGate } from '../call-tool.ts';

/** Where it is kept. */
export interface KeptToolStates {
  disabled(): Promise<readonly string[]>;
  disable(name: string, by: string, now: number): Promise<void>;
  enable(name: string): Promise<void>;
}

export interface ToolStates extends CallGate {
  /** As last read: at most {@link FRESH_MS} old while calls come. */
  isEnabled(name: string): boolean;
  /** @param by name of the caller who does it. */
  set(name: string, enabled: boolean, by: string): Promise<void>;
  /** Reads what other processes may have changed. Never rejects: what cannot be read stays as it was. */
  refresh(): Promise<void>;
  /** Tells when a tool was switched on or off, here or elsewhere. @returns what ends the telling. */
  onChange(listener: () => void): () => void;
}

const FRESH_MS = 2000;

/** Refuses calls of tools that are off with `tool_disabled`. */
export function createToolStates(
  kept: () => Promise<KeptToolStates>,
  onDefect: (error: unknown) => void,
  now: () => number = monotonicMs,
): ToolStates {
  const listeners = new Set<() => void>();
  let disabled: ReadonlySet<string> = new Set();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const found = new Set(await (await kept()).disabled());
    readAt = now();
    const same = found.size === disabled.size && [...found].every((name) => disabled.has(name));
    disabled = found;
    if (!same) for (const listener of listeners) listener();
  }

  function refresh(): Promise<void> {
    reading ??= read()
      .catch((error) => {
        // A database that cannot be opened must not silence the tools that need none.
        readAt = now();
        onDefect(error);
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  return {
    refresh,
    isEnabled: (name) => !disabled.has(name),

    async set(name, enabled, by) {
      const store = await kept();
      await (enabled ? store.enable(name) : store.disable(name, by, Date.now()));
      await reading;
      await read();
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async enter({ tool: { name } }) {
      if (now() - readAt > FRESH_MS) await refresh();
      if (disabled.has(name)) {
        throw new PortolanError(
          'tool_disabled',
          `${name} is switched off on this server.`,
          'Use another tool, or ask the operator to switch it on again.',
        );
      }
      return () => {};
    },
  };
}
