/**
 * The choke point for tools that point a program at one address (ping, traceroute, a tool of the operator's own): the
 * same scope as for scans, one pinned address as the result.
 */
import { type Family, formatAddress } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import type { PolicyFacts } from './facts.ts';
import { createScope } from './scope.ts';
import type { PolicySettings } from './settings.ts';
import { resolveTargets } from './targets.ts';

interface Parts {
  asked: string;
  address: string;
  family: Family;
  zone?: string;
}

/** Known to this module alone, so that nobody else can call the constructor. */
const KEY = Symbol('allowed');

/** An address that the policy has allowed. As with AllowedScan, only the private field proves it. */
export class AllowedTarget {
  readonly #allowed = true;
  /** As the caller wrote it. */
  readonly asked: string;
  readonly family: Family;
  /** Numeric, with its zone if it has one: what the program is given. */
  readonly address: string;

  constructor(key: symbol, { asked, address, family, zone }: Parts) {
    if (key !== KEY) throw new TypeError('An AllowedTarget comes from the policy alone.');
    this.asked = asked;
    this.family = family;
    this.address = zone === undefined ? address : `${address}%${zone}`;
    Object.freeze(this);
  }

  static isAllowed(value: unknown): value is AllowedTarget {
    return typeof value === 'object' && value !== null && #allowed in value && value.#allowed;
  }
}

export interface TargetPolicy {
  /**
   * The one address that `target` (an address or a name) means. A name is looked up once, and every address it has
   * must be in scope; the first of them is taken, IPv4 before IPv6.
   * @throws PortolanError with the first refusal
   */
  authorize(target: string): Promise<AllowedTarget>;
}

/** `settings` is asked for every target, so that a changed configuration counts from the next one on. */
export function createTargetPolicy(settings: () => PolicySettings, facts: PolicyFacts): TargetPolicy {
  return {
    async authorize(target) {
      const current = settings();
      const { blocks, family, names, refusals } = await resolveTargets(
        { targets: [target], exclude: undefined, wantsIPv6: false },
        createScope(current),
        facts,
        current.maxAddresses,
      );
      const [refusal] = refusals;
      if (refusal) throw refusal;
      const [block] = blocks;
      const several = names.length === 0 && (blocks.length > 1 || block?.span.first !== block?.span.last);
      if (!block || several) {
        throw new PortolanError(
          'invalid_target',
          `${JSON.stringify(target.slice(0, 100))} is more than one address.`,
          'Give one address or one name; scan tools take networks and ranges.',
          { limit: 'one address a call' },
        );
      }
      return new AllowedTarget(KEY, {
        asked: target,
        address: formatAddress({ family, value: block.span.first }),
        family,
        ...(block.zone === undefined ? {} : { zone: block.zone }),
      });
    },
  };
}
