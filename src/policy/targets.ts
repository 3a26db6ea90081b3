/** From targets as written to the addresses that will be scanned: names looked up once, everything checked, pinned. */
import {
  countAddresses,
  describeSpan,
  type Family,
  formatAddress,
  parseAddress,
  type Span,
  subtract,
} from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import type { CoverageNote } from '../core/result.ts';
import { parseTarget, type Target } from '../core/target.ts';
import type { PolicyFacts } from './facts.ts';
import type { Scope } from './scope.ts';

export interface ResolvedName {
  name: string;
  addresses: string[];
}

/** A run of addresses to scan; a zone only ever belongs to a single link-local one. */
export interface Block {
  span: Span;
  zone?: string;
}

export interface ResolvedTargets {
  family: Family;
  blocks: Block[];
  names: ResolvedName[];
  /** The one name that all addresses come from, when the targets are that name alone. */
  onlyName?: string;
  notes: CoverageNote[];
  refusals: PortolanError[];
}

export async function resolveTargets(
  request: { targets: readonly string[]; exclude: string | undefined; wantsIPv6: boolean },
  scope: Scope,
  facts: PolicyFacts,
  maxAddresses: number,
): Promise<ResolvedTargets> {
  const refusals: PortolanError[] = request.targets.length === 0 ? [noTarget()] : [];
  const parsed = request.targets.flatMap((text) => {
    try {
      return parseTarget(text);
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      refusals.push(error);
      return [];
    }
  });
  const literals = parsed.filter((target) => target.kind === 'addresses');
  refusals.push(...literals.flatMap((target) => refuseLiteral(target, scope, facts) ?? []));

  const names = await lookUp(parsed, scope, facts, refusals);
  const family = chooseFamily(literals, names, request.wantsIPv6, refusals);
  const notes: CoverageNote[] = [];
  const pinned = new Map(
    names.map(({ name, addresses }) => [name, pin(name, addresses, family, notes, refusals)]),
  );
  const wanted = parsed.flatMap((target) =>
    target.kind === 'addresses' ? [target] : (pinned.get(target.name) ?? []),
  );
  const blocks = withoutRepeats(wanted, excluded(request.exclude));

  const count = blocks.reduce((sum, { span }) => sum + countAddresses(span), 0n);
  if (count > BigInt(maxAddresses)) {
    refusals.push(
      new PortolanError(
        'too_many_addresses',
        `The targets are ${count} addresses.`,
        'Scan a smaller network, or one part after the other.',
        { limit: `at most ${maxAddresses} addresses a scan` },
      ),
    );
  } else if (count === 0n && refusals.length === 0) {
    refusals.push(
      new PortolanError(
        'invalid_target',
        'Nothing is left to scan after --exclude.',
        'Exclude fewer addresses.',
      ),
    );
  }
  notes.push(...names.flatMap((name) => severalAddresses(name, family, blocks)));
  const [only] = names;
  const isOnly = only !== undefined && names.length === 1 && literals.length === 0;
  return { family, blocks, names, ...(isOnly ? { onlyName: only.name } : {}), notes, refusals };
}

/** Which of the addresses of a name the scan is of: all are shown. */
function severalAddresses(
  { name, addresses }: ResolvedName,
  family: Family,
  blocks: readonly Block[],
): CoverageNote[] {
  // One of each family is what the note about the other family says.
  if (addresses.filter((text) => parseAddress(text)?.family === family).length < 2) return [];
  const isScanned = (text: string) => {
    const address = parseAddress(text);
    return blocks.some(
      ({ span, zone }) =>
        zone === undefined &&
        address?.family === span.family &&
        span.first <= address.value &&
        address.value <= span.last,
    );
  };
  const scanned = addresses.filter(isScanned);
  const others = addresses.filter((address) => !isScanned(address));
  const parts = [
    ...(scanned.length > 0 ? [`this scan is of ${scanned.join(', ')}`] : []),
    ...(others.length > 0 ? [`not of ${others.join(', ')}`] : []),
  ];
  return [
    {
      kind: 'names',
      ...(scanned.length > 0 ? { hosts: scanned } : {}),
      message: `${name} has ${addresses.length} addresses: ${parts.join(', ')}.`,
    },
  ];
}

/** The refusal of a request without any target. */
export function noTarget(): PortolanError {
  return new PortolanError(
    'invalid_target',
    'There is no target.',
    'Name one, as in: -sV -p 22,80 192.168.1.10',
  );
}

function refuseLiteral(
  { span, zone, text }: Target & { kind: 'addresses' },
  scope: Scope,
  facts: PolicyFacts,
): PortolanError | undefined {
  if (zone !== undefined && !facts.interfaces().includes(zone)) {
    return new PortolanError(
      'invalid_target',
      `${text}: there is no network interface ${zone} here.`,
      `Use one of: ${facts.interfaces().join(', ')}.`,
    );
  }
  return scope.refuse(span, text);
}

async function lookUp(
  targets: readonly Target[],
  scope: Scope,
  facts: PolicyFacts,
  refusals: PortolanError[],
): Promise<ResolvedName[]> {
  const allowed: string[] = [];
  for (const name of new Set(targets.flatMap((target) => (target.kind === 'name' ? [target.name] : [])))) {
    const refusal = scope.refuseName(name);
    if (refusal) refusals.push(refusal);
    else allowed.push(name);
  }
  const found = await Promise.all(
    allowed.map(async (name) => ({ name, answers: await facts.resolve(name).catch(() => []) })),
  );
  return found.map(({ name, answers }) => {
    const addresses: string[] = [];
    for (const answer of new Set(answers)) {
      const address = parseAddress(answer.replace(/%.*$/s, ''));
      const span = address && { family: address.family, first: address.value, last: address.value };
      const refusal = span
        ? scope.refuse(span, `${name} (${describeSpan(span)})`)
        : new PortolanError(
            'out_of_scope',
            `${name} resolves to something unreadable.`,
            'Give the address instead.',
          );
      if (refusal) refusals.push(refusal);
      if (address) addresses.push(formatAddress(address));
    }
    if (answers.length === 0) {
      refusals.push(
        new PortolanError(
          'name_not_resolved',
          `The name ${name} has no address.`,
          'Check its spelling, or give its address.',
        ),
      );
    }
    return { name, addresses };
  });
}

/** One nmap run has one address family. IPv4 unless -6 or the targets themselves say otherwise. */
function chooseFamily(
  literals: readonly { span: Span }[],
  names: readonly ResolvedName[],
  wantsIPv6: boolean,
  refusals: PortolanError[],
): Family {
  const families = new Set(literals.map(({ span }) => span.family));
  if (families.size > 1 || (wantsIPv6 && families.has(4))) {
    refusals.push(
      new PortolanError(
        'invalid_target',
        'IPv4 and IPv6 addresses cannot be scanned together.',
        'Ask for two scans, one of each family.',
      ),
    );
  }
  const [literal] = families;
  if (wantsIPv6) return 6;
  if (literal !== undefined) return literal;
  const resolved = names.flatMap(({ addresses }) => addresses);
  return resolved.length > 0 && !resolved.some((address) => parseAddress(address)?.family === 4) ? 6 : 4;
}

function pin(
  name: string,
  addresses: readonly string[],
  family: Family,
  notes: CoverageNote[],
  refusals: PortolanError[],
): Block[] {
  const parsed = addresses.flatMap((address) => parseAddress(address) ?? []);
  const mine = parsed.filter((address) => address.family === family);
  const others = parsed.filter((address) => address.family !== family).map(formatAddress);
  if (mine.length > 0 && others.length > 0) {
    notes.push({
      kind: 'other_family',
      hosts: others,
      message: `${name} also has ${others.join(', ')}, which this IPv${family} scan does not cover.`,
    });
  } else if (others.length > 0) {
    refusals.push(
      new PortolanError(
        'name_not_resolved',
        `${name} has no IPv${family} address, and this is an IPv${family} scan.`,
        'Scan it in a request of its own.',
      ),
    );
  }
  return mine.map(({ value }) => ({ span: { family, first: value, last: value } }));
}

const excluded = (list: string | undefined): Span[] =>
  (list ?? '').split(',').flatMap((text) => {
    if (text === '') return [];
    const target = parseTarget(text);
    return target.kind === 'addresses' ? [target.span] : [];
  });

/** Each address once, and none of the excluded ones: nmap would scan a repeated target twice. */
function withoutRepeats(blocks: readonly Block[], exclude: readonly Span[]): Block[] {
  const taken = [...exclude];
  return blocks.flatMap(({ span, zone }) => {
    // The same link-local address in two zones is two hosts.
    if (zone !== undefined) return subtract(span, exclude).map((rest) => ({ span: rest, zone }));
    const rest = subtract(span, taken);
    taken.push(span);
    return rest.map((piece) => ({ span: piece }));
  });
}
