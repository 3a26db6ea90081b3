/** Rules R13 and R14: certificates, host keys and other things that a host says of itself. Raw output is never compared. */
import type { Asset, KeptFact, Service } from '../../core/asset.ts';
import type { Fact } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import { currentMarks } from '../identity/ledger.ts';
import { cardKind } from '../identity/mac.ts';
import type { Thresholds } from '../thresholds.ts';
import type { ChangeKind } from './kinds.ts';
import { remember } from './services.ts';

export interface FactLook {
  facts: readonly Fact[];
  at: number;
  /** The first look at the host. */
  baseline: boolean;
  late: boolean;
  /** Which look at a port this is. */
  look: (protocol: Protocol, port: number) => number;
}

export interface FactChange {
  kind: ChangeKind;
  rule: string;
  protocol: Protocol;
  port: number;
  before?: string;
  after: string;
}

export interface FactVerdict {
  facts: readonly KeptFact[];
  services: readonly Service[];
  flags: Asset['flags'];
  changes: FactChange[];
  held: { port: number; protocol: Protocol; rule: string; why: string }[];
  /** Certificates and host keys that are one of several: what changed before is undone by that. */
  returns: { type: 'cert' | 'hostkey'; port: number; protocol: Protocol }[];
  /** Ports whose certificate is valid for long enough again. */
  valid: { port: number; protocol: Protocol }[];
}

type Cert = Extract<Fact, { type: 'cert' }>;

/** Facts that have one value at a time stand in one place. */
const placeOf = (fact: Fact): string =>
  `${fact.type} ${fact.protocol}/${fact.port}${fact.type === 'hostkey' ? ` ${fact.keyType}` : ''}`;

const valueIn = (fact: Fact): string =>
  fact.type === 'cert' || fact.type === 'hostkey' ? fact.fingerprint : fact.text;

export function judgeFacts(asset: Asset, vantage: string, seen: FactLook, limits: Thresholds): FactVerdict {
  const verdict: FactVerdict = {
    facts: asset.facts,
    services: asset.services,
    flags: asset.flags,
    changes: [],
    held: [],
    returns: [],
    valid: [],
  };
  for (const [place, told] of Map.groupBy(seen.facts, placeOf)) {
    const before = verdict.facts.filter((one) => placeOf(one.fact) === place);
    const now = before.filter(({ endedAt }) => endedAt === undefined);
    const values = new Set(told.map(valueIn));
    const fresh = told.filter((fact) => !now.some((one) => valueIn(one.fact) === valueIn(fact)));
    const stays = now.some(({ fact }) => values.has(valueIn(fact)));
    const newest = Math.max(0, ...now.map(({ lastSeen }) => lastSeen));
    if (seen.late && seen.at < newest) {
      verdict.facts = late(verdict.facts, fresh, seen.at);
      continue;
    }
    verdict.facts = verdict.facts.map((one) => again(one, place, values, stays, seen.at));
    verdict.facts = [
      ...verdict.facts,
      ...fresh
        .filter((fact) => !before.some((one) => valueIn(one.fact) === valueIn(fact)))
        .map((fact) => ({
          fact,
          firstSeen: seen.at,
          lastSeen: seen.at,
          ...alreadyTold(fact, seen.at, limits),
        })),
    ];
    const [fact] = fresh;
    const [old] = now;
    if (fact && old && !stays && !seen.baseline)
      judgeChange(verdict, asset, vantage, old.fact, fact, seen, limits);
  }
  if (!seen.baseline) expiry(verdict, seen, limits);
  return oneEventAPort(verdict);
}

/** Seen again, or ended by another value in its place; one value beside another is kept beside it. */
function again(
  one: KeptFact,
  place: string,
  values: ReadonlySet<string>,
  stays: boolean,
  at: number,
): KeptFact {
  if (placeOf(one.fact) !== place) return one;
  if (values.has(valueIn(one.fact))) {
    const { endedAt: _, ...kept } = one;
    return { ...kept, lastSeen: at };
  }
  return one.endedAt === undefined && !stays ? { ...one, endedAt: at } : one;
}

const late = (facts: readonly KeptFact[], fresh: readonly Fact[], at: number): readonly KeptFact[] => [
  ...facts,
  ...fresh
    .filter(
      (fact) =>
        !facts.some((one) => placeOf(one.fact) === placeOf(fact) && valueIn(one.fact) === valueIn(fact)),
    )
    .map((fact) => ({ fact, firstSeen: at, lastSeen: at, endedAt: at })),
];

function judgeChange(
  verdict: FactVerdict,
  asset: Asset,
  vantage: string,
  old: Fact,
  now: Fact,
  seen: FactLook,
  limits: Thresholds,
): void {
  if (old.type !== now.type || (now.type !== 'cert' && now.type !== 'hostkey')) return;
  // Two digests of one thing: one report said less of it.
  if (digestOf(old) !== digestOf(now)) return;
  const { protocol, port } = now;
  const at = { protocol, port };
  const listed = verdict.services.find(
    (one) => one.vantage === vantage && one.protocol === protocol && one.port === port,
  );
  // Settled still, so this look told of it what was known: that it is open.
  const settled = listed ? undefined : asset.settled?.at(vantage, protocol, port);
  const row = settled ? { ...settled, confirmedAt: seen.at } : listed;
  const look = seen.look(protocol, port);
  const memory = remember(
    row ?? { recent: [] },
    `${placeOf(old)} ${valueIn(old)}`,
    `${placeOf(now)} ${valueIn(now)}`,
    look,
    limits,
  );
  const shared = currentMarks(asset).some(
    ({ type, value }) => type === 'mac' && cardKind(value) === 'shared',
  );
  const cluster = memory.returns || (shared && now.type === 'hostkey');
  const before = describe(old);
  const after = describe(now);
  const knownCluster = row?.variants === true || (now.type === 'hostkey' && asset.flags.includes('cluster'));
  if (row) {
    const changed = { ...row, recent: memory.recent, ...(cluster ? { variants: true } : {}) };
    verdict.services = listed
      ? verdict.services.map((one) => (one === row ? changed : one))
      : [...verdict.services, changed];
  }
  if (!cluster) {
    const renewed = old.type === 'cert' && now.type === 'cert' && isRenewal(old, now, seen.at, limits);
    const kind = now.type === 'hostkey' ? 'hostkey.changed' : renewed ? 'cert.renewed' : 'cert.changed';
    verdict.changes.push({ ...at, kind, rule: 'R14', before, after });
    return;
  }
  verdict.returns.push({ ...at, type: now.type });
  // At one address, now this one and now that one answers: a cluster, not a machine that was set up anew.
  if (now.type === 'hostkey' && !verdict.flags.includes('cluster'))
    verdict.flags = [...verdict.flags, 'cluster'];
  if (knownCluster) verdict.held.push({ ...at, rule: 'R8', why: `${after}: one of several` });
  else verdict.changes.push({ ...at, kind: 'service.variants', rule: 'R8', before, after });
}

function isRenewal(old: Cert, now: Cert, at: number, { renewal, renewalShare }: Thresholds): boolean {
  if (old.notAfter === undefined || authority(old.issuer) !== authority(now.issuer)) return false;
  const left = old.notAfter - at;
  const life = old.notBefore === undefined ? undefined : old.notAfter - old.notBefore;
  return left <= renewal || (life !== undefined && life > 0 && 1 - left / life >= renewalShare);
}

/** `sha1`, `MD5`; nothing where it is the usual one. */
const digestOf = (fact: Fact): string => /^[^:]*(?=:)/.exec(valueIn(fact))?.[0] ?? '';

/** Who signed: an authority signs with one of several intermediates, so its organisation where it is told. */
function authority(issuer: string | undefined): string {
  const organisation = /(?:^|[,/])\s*(?:O|organizationName)\s*=\s*([^,/]+)/i.exec(issuer ?? '')?.[1];
  return (organisation ?? issuer ?? '').trim().toLowerCase();
}

function describe(fact: Fact): string {
  if (fact.type === 'cert') return [fact.subject, fact.fingerprint.slice(0, 20)].filter(Boolean).join(' ');
  return fact.type === 'hostkey' ? `${fact.keyType} ${fact.fingerprint.slice(0, 24)}` : fact.text;
}

const DAY = 86_400_000;

/** What of a certificate's end was behind it when it was first seen: that is no news later. */
function alreadyTold(fact: Fact, at: number, limits: Thresholds): Pick<KeptFact, 'told'> {
  const stage =
    fact.type === 'cert' && fact.notAfter !== undefined ? stageOf(fact.notAfter - at, limits) : undefined;
  return stage === undefined ? {} : { told: stage };
}

/** Days left at which a warning is given: 0 when it is over. */
function stageOf(left: number, { expiring }: Thresholds): number | undefined {
  if (left < 0) return 0;
  return left <= expiring ? Math.round(expiring / DAY) : undefined;
}

function expiry(verdict: FactVerdict, seen: FactLook, limits: Thresholds): void {
  verdict.facts = verdict.facts.map((one) => {
    const { fact, endedAt, lastSeen, told } = one;
    if (fact.type !== 'cert' || fact.notAfter === undefined || endedAt !== undefined || lastSeen !== seen.at)
      return one;
    const { protocol, port, notAfter } = fact;
    const stage = stageOf(notAfter - seen.at, limits);
    if (stage === undefined) {
      verdict.valid.push({ protocol, port });
      return one;
    }
    if (told !== undefined && told <= stage) return one;
    const days = Math.floor((notAfter - seen.at) / DAY);
    verdict.changes.push({
      kind: stage === 0 ? 'cert.expired' : 'cert.expiring',
      rule: 'R14',
      protocol,
      port,
      before: 'valid',
      after: stage === 0 ? `expired ${-days} d ago` : `${days} d left`,
    });
    return { ...one, told: stage };
  });
}

/** A host that was set up anew has other keys of every type: one event, not three. */
function oneEventAPort(verdict: FactVerdict): FactVerdict {
  const first = new Set<string>();
  const changes = verdict.changes.filter(({ kind, protocol, port }) => {
    const key = `${kind} ${protocol}/${port}`;
    if (first.has(key)) return false;
    first.add(key);
    return true;
  });
  return { ...verdict, changes };
}
