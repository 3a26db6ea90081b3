/** Keeps the sweeps of all tasks of this process together under the ceilings: a sweep leases its rate. */
import type { Ceilings } from './politeness.ts';

export interface Lease {
  /** Packets a second. */
  rate: number;
  release(): void;
}

export interface Budget {
  /** Resolves when at least a quarter of the wanted rate is free. @throws the signal's reason */
  lease(addresses: readonly string[], ceilings: Ceilings, most: number, signal: AbortSignal): Promise<Lease>;
}

export function createBudget(): Budget {
  const used = new Map<string, number>();
  let waiting: (() => void)[] = [];

  const free = (keys: readonly string[], ceiling: number) =>
    keys.reduce((least, key) => Math.min(least, ceiling - (used.get(key) ?? 0)), ceiling);

  return {
    async lease(addresses, ceilings, most, signal) {
      const hosts = addresses.map((address) => `host ${address}`);
      const networks = [...new Set(addresses.map((address) => `network ${networkOf(address)}`))];
      const wanted = Math.min(most, ceilings.host, ceilings.network, ceilings.total);
      for (;;) {
        signal.throwIfAborted();
        const rate = Math.min(
          wanted,
          free(hosts, ceilings.host),
          free(networks, ceilings.network),
          free(['all'], ceilings.total),
        );
        if (rate >= wanted / 4) {
          const keys = [...hosts, ...networks, 'all'];
          for (const key of keys) used.set(key, (used.get(key) ?? 0) + rate);
          return { rate: Math.floor(rate), release: once(() => giveBack(keys, rate)) };
        }
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    },
  };

  function giveBack(keys: readonly string[], rate: number): void {
    for (const key of keys) {
      const left = (used.get(key) ?? 0) - rate;
      if (left > 0.5) used.set(key, left);
      else used.delete(key);
    }
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }
}

/** The /24 of an IPv4 address, and about the /64 of an IPv6 one as it is written. */
function networkOf(address: string): string {
  return address.includes(':')
    ? address.split(':').slice(0, 4).join(':')
    : address.slice(0, address.lastIndexOf('.'));
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
}
