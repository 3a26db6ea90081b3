/**
 * Which addresses and names may be scanned. A span is allowed only as a whole: one address outside refuses all of it,
 * and the message says which.
 */
import { describeSpan, intersect, parseNetwork, type Span, subtract } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import { BASE_NAMES, BASE_NETWORKS, type PolicySettings, SPECIAL_NETWORKS } from './settings.ts';

export interface Scope {
  /** The refusal of a span, or undefined when all of it is in scope. `subject` is how the caller wrote it. */
  refuse(span: Span, subject: string): PortolanError | undefined;
  /** The refusal of a name before anything is looked up. */
  refuseName(name: string): PortolanError | undefined;
}

const SPECIAL = SPECIAL_NETWORKS.map(({ network, what }) => ({ span: toSpan(network), what }));
const BASE = BASE_NETWORKS.map(toSpan);

const NEXT_NETWORK =
  'Choose targets in private, loopback or explicitly allowed networks, or ask the operator to add the network to security.allowedNetworks.';

/** Throws PortolanError `invalid_config` for a network or name pattern that cannot be read. */
export function createScope(settings: PolicySettings): Scope {
  const listed = settings.allowedNetworks.map(toSpan);
  const denied = settings.deniedNetworks.map(toSpan);
  const allowed = [...BASE, ...listed];
  // 0.0.0.0/0 in the settings does not mean to scan multicast: only an entry inside a special range opens it.
  const special = SPECIAL.flatMap(({ span, what }) =>
    subtract(
      span,
      listed.filter((entry) => contains(span, entry)),
    ).map((left) => ({ span: left, what })),
  );
  const allowedNames = [...BASE_NAMES, ...settings.allowedNames].map(toMatcher);
  const deniedNames = settings.deniedNames.map(toMatcher);

  const reason = (span: Span): string | undefined => {
    for (const { span: never, what } of special) {
      const part = intersect(span, never);
      if (part) return `${describeSpan(part)} is ${what}, which is never scanned unless listed by itself`;
    }
    for (const entry of denied) {
      const part = intersect(span, entry);
      if (part) return `${describeSpan(part)} is denied by the configuration`;
    }
    const [outside] = subtract(span, allowed);
    if (outside) return `${describeSpan(outside)} is outside the allowed networks`;
    for (const { span: inner, how } of embedded(span)) {
      const why = reason(inner);
      if (why) return `${how} it reaches IPv4, where ${why}`;
    }
    return undefined;
  };

  return {
    refuse(span, subject) {
      const why = reason(span);
      return why === undefined
        ? undefined
        : new PortolanError('out_of_scope', `${subject} may not be scanned: ${why}.`, NEXT_NETWORK);
    },
    refuseName(name) {
      if (deniedNames.some((matches) => matches(name))) {
        return new PortolanError(
          'out_of_scope',
          `The name ${name} is denied by the configuration.`,
          'Choose another target.',
        );
      }
      if (allowedNames.some((matches) => matches(name))) return undefined;
      return new PortolanError(
        'out_of_scope',
        `The name ${name} may not be looked up: it is not among the allowed names (${[...BASE_NAMES, ...settings.allowedNames].join(', ')}).`,
        'Give its address instead, if that is in scope, or ask the operator to add the name to security.allowedNames.',
      );
    },
  };
}

/** What is denied to scans, for those whose own settings say what they may reach: only refuses what no setting allows. */
export function createDenials(settings: PolicySettings): Scope {
  const allowedNetworks = [...settings.allowedNetworks, '0.0.0.0/0', '::/0'];
  return createScope({ ...settings, allowedNetworks, allowedNames: ['*'] });
}

const contains = (outer: Span, inner: Span): boolean => subtract(inner, [outer]).length === 0;

// A function declaration: SPECIAL above is built while the module loads.
function toSpan(network: string): Span {
  const span = parseNetwork(network);
  if (span) return span;
  throw new PortolanError(
    'invalid_config',
    `${JSON.stringify(network)} in the security settings is not an address or a CIDR network.`,
    'Write it as 192.0.2.7, 10.1.0.0/16 or fd00:1::/64.',
  );
}

/** `*` is every name, `*.suffix` every name below the suffix (not the suffix itself), anything else exactly that. */
function toMatcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  if (wanted === '*') return () => true;
  if (!/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(wanted)) {
    throw new PortolanError(
      'invalid_config',
      `${JSON.stringify(pattern)} in the security settings is not a name or a pattern of names.`,
      'Write it as host.example, *.example or *.',
    );
  }
  return wanted.startsWith('*.') ? (name) => name.endsWith(wanted.slice(1)) : (name) => name === wanted;
}

const LOW_32 = 0xffff_ffffn;

/**
 * IPv6 addresses that a router or a kernel turns into IPv4: where the 32 bits sit (counted from the right), and
 * whether they are inverted. RFC 4291 2.5.5, RFC 6052, RFC 3056, RFC 4380 (Teredo: server and client).
 */
const EMBEDDINGS: readonly { network: Span; shift: bigint; inverted?: boolean; how: string }[] = [
  { network: toSpan('::ffff:0:0/96'), shift: 0n, how: 'as an IPv4-mapped address' },
  { network: toSpan('::ffff:0:0:0/96'), shift: 0n, how: 'as an IPv4-translated address' },
  { network: toSpan('64:ff9b::/96'), shift: 0n, how: 'through NAT64' },
  { network: toSpan('64:ff9b:1::/48'), shift: 0n, how: 'through local NAT64' },
  { network: toSpan('2002::/16'), shift: 80n, how: 'through 6to4' },
  { network: toSpan('2001::/32'), shift: 64n, how: 'through a Teredo server' },
  { network: toSpan('2001::/32'), shift: 0n, inverted: true, how: 'through Teredo' },
];

/** The IPv4 addresses that a span of IPv6 addresses stands for, as few spans that certainly contain them. */
function embedded(span: Span): { span: Span; how: string }[] {
  return EMBEDDINGS.flatMap(({ network, shift, inverted, how }) => {
    const part = intersect(span, network);
    if (!part) return [];
    // Where the bits above the embedded ones differ, the embedded ones run through all values.
    const whole = part.first >> (shift + 32n) !== part.last >> (shift + 32n);
    const low = whole ? 0n : (part.first >> shift) & LOW_32;
    const high = whole ? LOW_32 : (part.last >> shift) & LOW_32;
    const ends = inverted ? { first: LOW_32 - high, last: LOW_32 - low } : { first: low, last: high };
    return [{ span: { family: 4 as const, ...ends }, how }];
  });
}
