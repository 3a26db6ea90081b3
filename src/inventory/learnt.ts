/**
 * What somebody who scanned us learnt, held against what we know: an open answer that we knew and expect is no news, one
 * that we never asked for is. Times are milliseconds since the epoch.
 */
import type { Asset } from '../core/asset.ts';
import type { Expectation } from '../core/expectation.ts';
import { portSet } from '../core/port-set.ts';
import type { Protocol } from '../core/result.ts';
import { judgePort } from './expectations/judge.ts';

/** Open answers that one address gave. */
export interface OpenAnswer {
  address: string;
  protocol: Protocol;
  /** `22,80` */
  ports: string;
  /** When they were seen. */
  at: number;
}

/**
 * `known`: we know it as open. `unexpected`: the same, and nobody expects it. `contradicts`: our last look called it
 * closed, blocked or silent. `never_asked`: no look of ours ever asked this port of this host. `unknown_host`: no asset
 * of ours has that address.
 */
export type Knowledge = 'known' | 'unexpected' | 'contradicts' | 'never_asked' | 'unknown_host';

export interface Learnt {
  address: string;
  /** Public id of our asset. */
  asset?: string;
  name?: string;
  protocol: Protocol;
  port: number;
  knowledge: Knowledge;
  /** Of `known`: since when it is open; of `contradicts`: when it was last said not to be. */
  since?: number;
  /** Of `contradicts`: what we had said. */
  said?: string;
}

/** Gravest first, so that what is cut of a long list is what matters least. */
const ORDER: readonly Knowledge[] = ['contradicts', 'never_asked', 'unexpected', 'unknown_host', 'known'];

/** What we know, as an answer is held against it. */
export interface Knowing {
  /** The asset that had an address at a moment. */
  assetAt: (address: string, at: number) => Asset | undefined;
  /** The entries that hold for an asset at a moment. */
  expectedOf: (asset: Asset, at: number) => readonly Expectation[];
  /** When we last asked that port of that address. */
  askedAt: (address: string, protocol: Protocol, port: number) => number | undefined;
}

export function learnt(answers: readonly OpenAnswer[], { assetAt, expectedOf, askedAt }: Knowing): Learnt[] {
  const found = answers.flatMap(({ address, protocol, ports, at }) => {
    const asset = assetAt(address, at);
    const entries = asset ? expectedOf(asset, at) : [];
    return portSet(ports).map((port): Learnt => {
      if (!asset) return { address, protocol, port, knowledge: 'unknown_host' };
      const whose = {
        address,
        asset: asset.uid,
        ...(asset.name === undefined ? {} : { name: asset.name }),
        protocol,
        port,
      };
      const services = asset.services.filter((one) => one.protocol === protocol && one.port === port);
      const open = services.find(({ word }) => word === 'open');
      if (open) {
        const knowledge = judgePort(open, entries) === 'unexpected' ? 'unexpected' : 'known';
        return { ...whose, knowledge, since: open.firstOpen ?? open.changedAt };
      }
      const [other] = services.toSorted((a, b) => b.confirmedAt - a.confirmedAt);
      const asked = askedAt(address, protocol, port);
      // Ports that are closed like many others of their host are kept as ranges, not one by one.
      if (!other && asked !== undefined)
        return { ...whose, knowledge: 'contradicts', since: asked, said: 'not open' };
      if (!other) return { ...whose, knowledge: 'never_asked' };
      return { ...whose, knowledge: 'contradicts', since: other.confirmedAt, said: other.word };
    });
  });
  return found.sort((a, b) => ORDER.indexOf(a.knowledge) - ORDER.indexOf(b.knowledge));
}

/** One answer in words: `10.0.0.7 db 9200/tcp: we said closed on 2026-11-27`. */
export function learntLine({ address, name, protocol, port, knowledge, since, said }: Learnt): string {
  const day = since === undefined ? '' : new Date(since).toISOString().slice(0, 10);
  const words: Readonly<Record<Knowledge, string>> = {
    known: `known since ${day}`,
    unexpected: `known since ${day}, and not expected`,
    contradicts: `we said ${said ?? 'not open'} on ${day}`,
    never_asked: 'we never asked this port',
    unknown_host: 'no host of ours',
  };
  return `${address}${name === undefined ? '' : ` ${name}`} ${port}/${protocol}: ${words[knowledge]}`;
}

/** Ports that others ask for and our scans never do: what to add to a scan. */
export function neverAsked(found: readonly Learnt[]): { protocol: Protocol; port: number }[] {
  const ports = new Map<string, { protocol: Protocol; port: number }>();
  for (const { knowledge, protocol, port } of found)
    if (knowledge === 'never_asked') ports.set(`${protocol}/${port}`, { protocol, port });
  return [...ports.values()].sort((a, b) => a.port - b.port);
}
