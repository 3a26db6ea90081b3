import { describe, expect, it } from 'vitest';
import { AllowedTarget, createTargetPolicy } from '../../../src/policy/allowed-target.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

const NAMES: Record<string, string[]> = {
  'both.lab.internal': ['fd00::7', '10.0.0.7', '10.0.0.8'],
  'six.lab.internal': ['fd00::9'],
  'mixed.lab.internal': ['10.0.0.7', '203.0.113.9'],
};
let lookups = 0;
const policy = createTargetPolicy(() => DEFAULT_POLICY, {
  resolve: async (name) => {
    lookups += 1;
    return NAMES[name] ?? [];
  },
  scripts: () => Promise.reject(new Error('not asked for')),
  privileges: () => Promise.reject(new Error('not asked for')),
  interfaces: () => ['lo'],
});

describe('a target of a command tool', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', 4],
    ['0:0:0:0:0:0:0:1', '::1', 6],
    ['fe80::1%lo', 'fe80::1%lo', 6],
    ['both.lab.internal', '10.0.0.7', 4],
    ['six.lab.internal', 'fd00::9', 6],
  ])('%s is %s', async (asked, address, family) => {
    lookups = 0;
    const target = await policy.authorize(asked);
    expect(target).toMatchObject({ asked, address, family });
    expect(AllowedTarget.isAllowed(target)).toBe(true);
    expect(lookups).toBeLessThanOrEqual(1);
  });

  it.each([
    ['8.8.8.8', 'out_of_scope'],
    ['169.254.169.254', 'out_of_scope'],
    ['::ffff:169.254.169.254', 'out_of_scope'],
    ['mixed.lab.internal', 'out_of_scope'],
    ['example.org', 'out_of_scope'],
    ['none.lab.internal', 'name_not_resolved'],
    ['10.0.0.0/30', 'invalid_target'],
    ['10.0.0.1-2', 'invalid_target'],
    ['10.0.0.0/8', 'too_many_addresses'],
    ['-f', 'invalid_target'],
    ['127.1', 'invalid_target'],
    ['127.0.0.1 -f', 'invalid_target'],
    ['fe80::1%nowhere', 'invalid_target'],
  ])('%s is refused with %s', async (asked, code) => {
    await expect(policy.authorize(asked)).rejects.toMatchObject({ code });
  });

  it('cannot be made by anybody else', async () => {
    const target = await policy.authorize('127.0.0.1');
    expect(() => new AllowedTarget(Symbol('allowed'), target)).toThrow(TypeError);
    expect(AllowedTarget.isAllowed({ ...target })).toBe(false);
    expect(AllowedTarget.isAllowed(Object.create(AllowedTarget.prototype))).toBe(false);
    expect(() => Object.assign(target, { address: '8.8.8.8' })).toThrow(TypeError);
  });
});
