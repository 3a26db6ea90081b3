/** Rules R5 and R15 of a host itself: when it is missing, and when it is back. */
import type { Asset, Turn } from '../../core/asset.ts';
import { DISCOVERY_WAYS, type DiscoveryWay } from '../../core/look.ts';
import type { Networks } from '../identity/networks.ts';
import type { Thresholds } from '../thresholds.ts';
import { calmed, turned } from './flapping.ts';
import type { ChangeKind } from './kinds.ts';

export interface PresenceVerdict {
  asset: Asset;
  change?: { kind: ChangeKind; rule: string; before: string; after: string };
  held?: { rule: string; why: string };
  calm?: true;
}

/** The way that hosts are searched by where a source does not say: ICMP and TCP. */
const USUAL: DiscoveryWay = 'ip';
const strength = (way: DiscoveryWay | undefined) => DISCOVERY_WAYS.indexOf(way ?? USUAL);

/**
 * How long, in ms, a host may be silent without being missing, where days tell and not looks: it is said to be a sleeper;
 * it has its address by DHCP, as what people carry about has; or its habits show it, as it came back from silence again
 * and again.
 */
export function maySleepFor(
  { class: of, lastSeen, memo, addresses }: Asset,
  networks: Networks,
  limits: Thresholds,
): number | undefined {
  if (of === 'may_sleep') return limits.sleeper;
  if (of !== 'normal') return undefined;
  const kind = networks.of(addresses.at(-1)?.address ?? '')?.kind;
  if (kind === 'dhcp' || kind === 'guest') return limits.lentSleeper;
  const back = (memo?.back ?? []).filter((at) => lastSeen - at <= limits.habit);
  return back.length >= limits.habitTimes ? limits.sleeper : undefined;
}

/** It was seen: back if it was missing; whatever misses were pending are void (rule R7). */
export function judgeSeen(
  asset: Asset,
  seen: { at: number; vantage: string; way: DiscoveryWay | undefined; active: boolean; look: number },
  limits: Thresholds,
): PresenceVerdict {
  const back = asset.state !== 'present';
  const { missedAt, ...memo } = asset.memo ?? {};
  const seenFrom = seen.active
    ? [
        ...(memo.seenFrom ?? []).filter(({ vantage }) => vantage !== seen.vantage),
        { vantage: seen.vantage, way: seen.way ?? USUAL, at: seen.at },
      ]
    : memo.seenFrom;
  const here: Asset = {
    ...asset,
    misses: 0,
    ...(seen.active ? { seenBy: seen.way ?? USUAL } : {}),
    memo: {
      ...memo,
      ...(seenFrom ? { seenFrom } : {}),
      ...(missedAt === undefined ? {} : { back: [...(memo.back ?? []), seen.at].slice(-limits.habitTimes) }),
    },
  };
  if (!back) return settle(here, seen.look, limits);
  return turn({ ...here, state: 'present', stateSince: seen.at }, seen, limits, {
    kind: 'host.returned',
    rule: 'R5',
    before: 'missing',
    after: 'present',
  });
}

/** Why a silence says nothing about this host; undefined when it does. */
export function againstMiss(
  asset: Asset,
  look: { at: number; vantage: string; way: DiscoveryWay | undefined },
): { why: 'late' | 'downgraded' | 'never seen from here' } | undefined {
  if (look.at <= asset.lastSeen || look.at <= (asset.memo?.missedAt ?? 0)) return { why: 'late' };
  const seen = asset.memo?.seenFrom?.find(({ vantage }) => vantage === look.vantage);
  if (!seen) return { why: 'never seen from here' };
  return strength(look.way) < strength(seen.way) ? { why: 'downgraded' } : undefined;
}

/** A look that may have been blind did not see it: no miss, but if it is seen again it was away. */
export const judgeVoidMiss = (asset: Asset, at: number): Asset => ({
  ...asset,
  memo: { ...asset.memo, missedAt: at },
});

/** A look that covered it did not see it. */
export function judgeMiss(
  asset: Asset,
  seen: { at: number; look: number; sleep: number | undefined },
  limits: Thresholds,
): PresenceVerdict {
  if (asset.class === 'ephemeral')
    return { asset, held: { rule: 'R5', why: 'a host that comes and goes is never missing' } };
  const misses = asset.misses + 1;
  const missed: Asset = { ...asset, misses, memo: { ...asset.memo, missedAt: seen.at } };
  const asleep = seen.at - asset.lastSeen;
  const { sleep } = seen;
  const gone =
    sleep !== undefined
      ? asleep >= sleep
      : misses >= (asset.class === 'always_on' ? limits.missesAlwaysOn : limits.missesNormal);
  if (!gone)
    return {
      asset: missed,
      held: {
        rule: 'R5',
        why:
          sleep !== undefined
            ? `may sleep: silent for ${Math.floor(asleep / 86_400_000)} d`
            : `missed ${misses} times`,
      },
    };
  return turn({ ...missed, state: 'absent', stateSince: seen.at }, seen, limits, {
    kind: 'host.missing',
    rule: 'R5',
    before: 'present',
    after: 'missing',
  });
}

function turn(
  asset: Asset,
  { at, look }: { at: number; look: number },
  limits: Thresholds,
  change: NonNullable<PresenceVerdict['change']>,
): PresenceVerdict {
  const { turns, flapping, tell } = turned(restless(asset), { at, look }, limits);
  const after: Asset = { ...asset, memo: { ...asset.memo, turns, ...(flapping ? { flapping } : {}) } };
  switch (tell) {
    case 'turn':
      return { asset: after, change };
    case 'flapping':
      return {
        asset: after,
        change: {
          kind: 'flapping.started',
          rule: 'R15',
          before: 'steady',
          after: `${limits.flapTurns} turns`,
        },
        held: { rule: 'R15', why: `${change.kind}: told as flapping` },
      };
    case 'nothing':
      return { asset: after, held: { rule: 'R15', why: `${change.kind} while it flaps` } };
  }
}

function settle(asset: Asset, look: number, limits: Thresholds): PresenceVerdict {
  const turns = asset.memo?.flapping ? calmed(restless(asset), look, limits) : undefined;
  if (!turns) return { asset };
  const { flapping: _, ...memo } = asset.memo ?? {};
  return { asset: { ...asset, memo: { ...memo, turns } }, calm: true };
}

function restless({ memo }: Asset): { turns: readonly Turn[]; flapping?: boolean } {
  return { turns: memo?.turns ?? [], ...(memo?.flapping ? { flapping: true } : {}) };
}
