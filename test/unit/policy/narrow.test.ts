import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNetwork } from '../../../src/core/address.ts';
import { narrowTo } from '../../../src/policy/narrow.ts';
import { createScope } from '../../../src/policy/scope.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

const allows = (scope: readonly string[], target: string, settings = DEFAULT_POLICY) => {
  const span = parseNetwork(target);
  if (!span) throw new Error(target);
  return createScope(narrowTo(settings, scope)).refuse(span, target) === undefined;
};

describe('the scope of a scanner', () => {
  it.each([
    [['10.1.0.0/16'], '10.1.2.3', true],
    [['10.1.0.0/16'], '10.1.0.0/16', true],
    [['10.1.0.0/16'], '10.2.0.1', false],
    [['10.1.0.0/16'], '10.0.0.0/8', false],
    [['10.1.0.7'], '10.1.0.7', true],
    [['10.1.0.7'], '10.1.0.6', false],
    [['10.1.0.7'], '10.1.0.8', false],
    [['10.1.0.0/16', 'fd00:1::/64'], 'fd00:1::9', true],
    [['10.1.0.0/16', 'fd00:1::/64'], 'fd00:2::9', false],
    [['10.1.0.0/16'], 'fd00:1::9', false],
    [['0.0.0.0/0'], '8.8.8.8', false],
    [['169.254.0.0/16'], '169.254.169.254', false],
  ])('%j: %s is %s', (scope, target, expected) => {
    expect(allows(scope, target)).toBe(expected);
  });

  it('never allows what is refused without it', () => {
    const address = fc.ipV4();
    const network = fc
      .tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }))
      .map(([base, bits]) => `${base}/${bits}`);
    fc.assert(
      fc.property(fc.array(network, { minLength: 1, maxLength: 3 }), address, (scope, target) => {
        if (!allows(scope, target)) return;
        expect(allows(['0.0.0.0/0'], target)).toBe(true);
        expect(scope.some((one) => inside(one, target))).toBe(true);
      }),
    );
  });

  it('is refused when it cannot be read', () => {
    expect(() => narrowTo(DEFAULT_POLICY, ['10.1.0.0/99'])).toThrow(/is not an address or a CIDR network/);
  });
});

function inside(network: string, address: string): boolean {
  const [outer, inner] = [parseNetwork(network), parseNetwork(address)];
  return outer !== undefined && inner !== undefined && outer.first <= inner.first && inner.last <= outer.last;
}
