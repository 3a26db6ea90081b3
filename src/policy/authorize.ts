/**
 * The choke point: the only way to an {@link AllowedScan}, and so the only way to a scanner process. See
 * docs/architecture.md.
 */
import {
  countAddresses,
  enumerate,
  type Family,
  formatSpan,
  parseAddress,
  type Span,
} from '../core/address.ts';
import { type ErrorValue, joinErrors, PortolanError } from '../core/errors.ts';
import type { ScanOption, ScanRequest } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { flagRow } from './allowed-options.ts';
import type { PolicyFacts, Privileges } from './facts.ts';
import { judgeOptions, sayName } from './judge-options.ts';
import { createScope } from './scope.ts';
import type { PolicySettings } from './settings.ts';
import { type Block, type ResolvedName, resolveTargets } from './targets.ts';

interface Parts {
  request: ScanRequest;
  family: Family;
  blocks: readonly Block[];
  options: readonly ScanOption[];
  scriptCount: number;
  intrusive: boolean;
  names: readonly ResolvedName[];
  notes: readonly CoverageNote[];
  privileges: Privileges;
  maxRate: number;
}

/** Known to this module alone, so that nobody else can call the constructor. */
const KEY = Symbol('authorised');

/**
 * A scan that the policy has allowed: pinned addresses and checked options, frozen. The private field is stamped on by
 * the constructor, so neither a cast, nor a copy, nor Object.create makes one.
 */
export class AllowedScan {
  readonly #blocks: readonly Block[];
  readonly request: ScanRequest;
  readonly family: Family;
  /** Numeric addresses, CIDR networks and a.b.c.d-e ranges only; each address once. */
  readonly targets: readonly string[];
  readonly addressCount: number;
  /** Canonical and checked, without -6 and --exclude, which `family` and `targets` already say. */
  readonly options: readonly ScanOption[];
  /** How many scripts --script selects, of those the installed nmap has. */
  readonly scriptCount: number;
  /** It needed the operator's or a person's leave for intrusive scans; its caller needs the scope too. */
  readonly intrusive: boolean;
  readonly names: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  readonly notes: readonly CoverageNote[];
  readonly privileges: Privileges;
  /** Packets a second that no phase of the scan may exceed of its own will. */
  readonly maxRate: number;

  constructor(key: symbol, parts: Parts) {
    if (key !== KEY) throw new TypeError('An AllowedScan comes from the policy alone.');
    const { blocks, ...rest } = structuredClone(parts);
    this.#blocks = blocks;
    this.request = rest.request;
    this.family = rest.family;
    this.options = rest.options;
    this.scriptCount = rest.scriptCount;
    this.intrusive = rest.intrusive;
    this.names = rest.names;
    this.notes = rest.notes;
    this.privileges = rest.privileges;
    this.maxRate = rest.maxRate;
    this.targets = blocks.flatMap(({ span, zone }) =>
      formatSpan(span).map((text) => (zone === undefined ? text : `${text}%${zone}`)),
    );
    this.addressCount = Number(blocks.reduce((sum, { span }) => sum + countAddresses(span), 0n));
    deepFreeze(this);
  }

  static isAllowed(value: unknown): value is AllowedScan {
    return typeof value === 'object' && value !== null && #blocks in value;
  }

  /** Every address to scan, one by one, without zones. */
  *addresses(): Generator<string> {
    for (const { span } of this.#blocks) yield* enumerate(span);
  }

  /** The same scan of the addresses that are not in `done`; undefined when none is left. */
  without(done: ReadonlySet<string>): AllowedScan | undefined {
    const finished = this.#values(done);
    return this.#narrowed((value) => !finished.has(value));
  }

  /** The same scan of those of its addresses that are in `wanted`; undefined when none is. */
  only(wanted: ReadonlySet<string>): AllowedScan | undefined {
    const kept = this.#values(wanted);
    return this.#narrowed((value) => kept.has(value));
  }

  #values(addresses: ReadonlySet<string>): Set<bigint> {
    return new Set(
      [...addresses].flatMap((text) => {
        const address = parseAddress(text);
        return address?.family === this.family ? [address.value] : [];
      }),
    );
  }

  /** Only ever fewer addresses: the blocks themselves are walked, so nothing outside of them can come in. */
  #narrowed(keep: (value: bigint) => boolean): AllowedScan | undefined {
    const blocks = this.#blocks.flatMap(({ span, zone }) =>
      runsOf(span, keep).map((rest) => (zone === undefined ? { span: rest } : { span: rest, zone })),
    );
    if (blocks.length === 0) return undefined;
    const { request, family, options, scriptCount, intrusive, privileges, maxRate } = this;
    const names = this.names.map(({ name, addresses }) => ({ name, addresses: [...addresses] }));
    return new AllowedScan(KEY, {
      request,
      family,
      blocks,
      options,
      scriptCount,
      intrusive,
      names,
      notes: this.notes,
      privileges,
      maxRate,
    });
  }
}

function runsOf(span: Span, keep: (value: bigint) => boolean): Span[] {
  const runs: Span[] = [];
  for (let value = span.first; value <= span.last; value++) {
    if (!keep(value)) continue;
    const run = runs.at(-1);
    if (run?.last === value - 1n) run.last = value;
    else runs.push({ family: span.family, first: value, last: value });
  }
  return runs;
}

function deepFreeze(value: object): void {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  Object.freeze(value);
}

export interface Assessment {
  /** Present when nothing is refused. */
  scan?: AllowedScan;
  refusals: ErrorValue[];
  names: ResolvedName[];
  /** A person's consent is all that is missing: ask, and send the request again with `consent`. */
  needsConsent: boolean;
}

const OWN_RESOLVER: CoverageNote = {
  kind: 'names',
  message:
    "The names of targets were looked up by the system's own resolver: nmap asks --dns-servers for reverse names alone.",
};

export interface Policy {
  /** Decides without throwing for anything a caller can ask: every refusal, with its reason. */
  assess(request: ScanRequest): Promise<Assessment>;
  /** The scan, or a PortolanError with the code of the first refusal and the messages of all. */
  authorize(request: ScanRequest): Promise<AllowedScan>;
}

/** `settings` is asked for every request, so that a changed configuration counts from the next scan on. */
export function createPolicy(settings: () => PolicySettings, facts: PolicyFacts): Policy {
  const decide = async (request: ScanRequest) => {
    const current = settings();
    const privileges = await facts.privileges();
    const intrusive = current.allowIntrusive || (current.askIntrusive && request.consent === true);
    const judged = await judgeOptions(request.options, current, facts, privileges, intrusive);
    const scope = createScope(current);
    const resolved = await resolveTargets(
      {
        targets: request.targets,
        exclude: judged.exclude,
        wantsIPv6: request.options.some(({ flag }) => flag === '-6'),
      },
      scope,
      facts,
      current.maxAddresses,
    );
    const refusals = [...resolved.refusals, ...judged.refusals];
    for (const decoy of judged.decoys) {
      const refusal =
        decoy.family === resolved.family
          ? scope.refuse(decoy, 'A decoy')
          : new PortolanError(
              'invalid_option',
              `The decoys and the targets are of different families.`,
              `Give IPv${resolved.family} decoys.`,
            );
      if (refusal) refusals.push(refusal);
    }
    for (const server of judged.servers) {
      const refusal = scope.refuse(server, 'A DNS server');
      if (refusal) refusals.push(refusal);
    }
    const named = sayName(judged.options, resolved.onlyName);
    if (judged.servers.length > 0 && resolved.names.length > 0) named.notes.push(OWN_RESOLVER);
    for (const { flag } of resolved.family === 6 ? judged.options : []) {
      if (!flagRow(flag)?.ipv4) continue;
      refusals.push(
        new PortolanError('invalid_option', `${flag} exists in IPv4 only.`, `Leave ${flag} out, or use -PE.`),
      );
    }
    const needsConsent =
      current.askIntrusive && refusals.length > 0 && refusals.every(({ code }) => code === 'needs_intrusive');
    if (refusals.length > 0) return { refusals, names: resolved.names, needsConsent };
    const scan = new AllowedScan(KEY, {
      request,
      family: resolved.family,
      blocks: resolved.blocks,
      options: named.options,
      scriptCount: judged.scriptCount,
      intrusive: judged.intrusive,
      names: resolved.names,
      notes: [...resolved.notes, ...judged.notes, ...named.notes],
      privileges,
      maxRate: current.maxRate,
    });
    return { scan, refusals, names: resolved.names, needsConsent };
  };
  return {
    async assess(request) {
      const { refusals, ...decision } = await decide(request);
      return { ...decision, refusals: refusals.map((refusal) => refusal.toValue()) };
    },
    async authorize(request) {
      const { scan, refusals } = await decide(request);
      if (scan) return scan;
      const [first, ...others] = refusals;
      if (!first) throw new Error('a request was neither allowed nor refused');
      throw joinErrors(first, others);
    },
  };
}
