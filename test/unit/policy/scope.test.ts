import { describe, expect, it } from 'vitest';
import type { PolicySettings } from '../../../src/policy/settings.ts';
import { codeOf, fixture, request } from './fixture.ts';

const outcome = async (target: string, settings: Partial<PolicySettings> = {}) =>
  codeOf(() => fixture({ settings: { maxAddresses: 2 ** 20, ...settings } }).authorize(request([target])));

describe('the default scope', () => {
  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.0.0/22',
    '127.0.0.1',
    '127.9.9.9',
    '::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
  ])('allows %s', async (target) => expect(await outcome(target)).toBe('accepted'));

  it.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '192.169.0.1',
    '11.0.0.0',
    '9.255.255.255',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.1.1',
    '169.254.169.254',
    '169.254.170.2',
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '::',
    'ff02::1',
    'ff05::2',
    '2001:db8::1',
    '3fff::1',
    '2606:4700::1111',
    'fd00:ec2::254',
    'fd20:ce::254',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '2002:a9fe:a9fe::1',
    '2001:0:a9fe:a9fe::1',
    '::10.0.0.1',
    'fec0::1',
  ])('refuses %s', async (target) => expect(await outcome(target)).toBe('out_of_scope'));

  it.each(['192.168.0.0/15', '126.255.255.255/7', 'fd00:ec2::/120', 'fc00::/6'])(
    'refuses %s as a whole, as a part of it is outside',
    async (target) => expect(await outcome(target, { maxAddresses: 2 ** 60 })).toBe('out_of_scope'),
  );

  it('says which part is outside', async () => {
    await expect(fixture().authorize(request(['192.168.0.0/15']))).rejects.toThrow(
      '192.168.0.0/15 may not be scanned: 192.169.0.0/16 is outside the allowed networks.',
    );
  });
});

describe('what the configuration allows', () => {
  it('adds networks', async () => {
    expect(await outcome('8.8.8.8', { allowedNetworks: ['8.8.8.0/24'] })).toBe('accepted');
    expect(await outcome('8.8.9.8', { allowedNetworks: ['8.8.8.0/24'] })).toBe('out_of_scope');
    expect(await outcome('8.8.8.0/23', { allowedNetworks: ['8.8.8.0/24'] })).toBe('out_of_scope');
    expect(await outcome('8.8.8.0/23', { allowedNetworks: ['8.8.8.0/24', '8.8.9.0/24'] })).toBe('accepted');
  });

  it.each(['169.254.169.254', '224.0.0.1', '203.0.113.9', '0.0.0.0', '255.255.255.255'])(
    'opens %s only to an entry within its special range',
    async (target) => {
      expect(await outcome(target, { allowedNetworks: ['0.0.0.0/0'] })).toBe('out_of_scope');
      expect(await outcome(target, { allowedNetworks: [target] })).toBe('accepted');
    },
  );

  it('keeps metadata closed when link-local is opened', async () => {
    const settings = { allowedNetworks: ['169.254.0.0/16'] };
    expect(await outcome('169.254.1.1', settings)).toBe('accepted');
    expect(await outcome('169.254.169.254', settings)).toBe('out_of_scope');
    expect(await outcome('169.254.169.0/24', settings)).toBe('out_of_scope');
  });

  it.each([
    ['::ffff:10.0.0.1', '::ffff:8.8.8.8', '::ffff:0:0/96'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::/96'],
    ['2002:a00:1::5', '2002:a9fe:a9fe::5', '2002::/16'],
    // Teredo: server 10.0.0.1; client 10.0.0.1 and 169.254.169.254, inverted.
    ['2001:0:a00:1:0:0:f5ff:fffe', '2001:0:a00:1:0:0:5601:5601', '2001::/32'],
    ['2001:0:a00:1:0:0:f5ff:fffe', '2001:0:808:808:0:0:f5ff:fffe', '2001::/32'],
  ])('judges %s and %s by the IPv4 address inside', async (good, bad, network) => {
    expect(await outcome(good, { allowedNetworks: [network] })).toBe('accepted');
    expect(await outcome(bad, { allowedNetworks: [network] })).toBe('out_of_scope');
  });

  it('judges a whole network of embedded addresses', async () => {
    const settings = { allowedNetworks: ['64:ff9b::/96'], maxAddresses: 2 ** 30 };
    expect(await outcome('64:ff9b::10.0.0.0/104', settings)).toBe('accepted');
    expect(await outcome('64:ff9b::10.0.0.0/103', settings)).toBe('out_of_scope');
    expect(await outcome('2002::/16', { allowedNetworks: ['2002::/16'] })).toBe('out_of_scope');
  });

  it('lets denied networks win', async () => {
    const settings = { allowedNetworks: ['8.8.8.8'], deniedNetworks: ['8.8.8.8/31', '10.0.0.7'] };
    expect(await outcome('8.8.8.8', settings)).toBe('out_of_scope');
    expect(await outcome('10.0.0.0/28', settings)).toBe('out_of_scope');
    expect(await outcome('10.0.0.8/29', settings)).toBe('accepted');
  });

  it.each([
    { allowedNetworks: ['10.0.0'] },
    { deniedNetworks: ['lan'] },
    { allowedNames: ['*x'] },
    { deniedNames: ['a b'] },
  ])('refuses a setting that it cannot read: %o', async (settings) =>
    expect(await outcome('10.0.0.1', settings)).toBe('invalid_config'),
  );
});

describe('names', () => {
  const names = {
    'web.lab.internal': ['10.0.0.5'],
    'a.b.lab.internal': ['10.0.0.6'],
    'public.lab.internal': ['8.8.8.8'],
    'mixed.lab.internal': ['10.0.0.5', '8.8.8.8'],
    'meta.lab.internal': ['10.0.0.5', '::ffff:169.254.169.254'],
    'web.corp.example': ['10.0.0.7'],
    'nowhere.lab.internal': [],
    'strange.lab.internal': ['10.0.0.5', '127.1'],
    'zone.lab.internal': ['fe80::5%2'],
  };
  const named = async (target: string, settings: Partial<PolicySettings> = {}) => {
    const policy = fixture({ names, settings });
    return [await codeOf(() => policy.authorize(request([target]))), policy.lookups.length];
  };

  it.each(['localhost', 'LOCALHOST', 'web.lab.internal', 'a.b.lab.internal', 'zone.lab.internal'])(
    'looks up %s once and scans its addresses',
    async (target) => expect(await named(target)).toEqual(['accepted', 1]),
  );

  it.each([
    'evil.lab.internal.attacker.example',
    'xlab.internal',
    'lab.internal',
    'example.com',
    'localhost.example',
    'web.corp.example',
  ])('never looks up %s', async (target) => expect(await named(target)).toEqual(['out_of_scope', 0]));

  it.each(['public.lab.internal', 'mixed.lab.internal', 'meta.lab.internal', 'strange.lab.internal'])(
    'refuses %s, as not every address is in scope',
    async (target) => expect(await named(target)).toEqual(['out_of_scope', 1]),
  );

  it('says so when there is no such name', async () => {
    expect(await named('nowhere.lab.internal')).toEqual(['name_not_resolved', 1]);
    expect(await named('unknown.lab.internal')).toEqual(['name_not_resolved', 1]);
  });

  it('adds names, which never widens the addresses', async () => {
    expect(await named('web.corp.example', { allowedNames: ['web.corp.example'] })).toEqual(['accepted', 1]);
    expect(await named('web.corp.example', { allowedNames: ['*.CORP.example'] })).toEqual(['accepted', 1]);
    expect(await named('web.corp.example', { allowedNames: ['*'] })).toEqual(['accepted', 1]);
    expect(await named('public.lab.internal', { allowedNames: ['public.lab.internal'] })).toEqual([
      'out_of_scope',
      1,
    ]);
  });

  it('lets denied names win', async () => {
    expect(await named('web.lab.internal', { deniedNames: ['web.lab.internal'] })).toEqual([
      'out_of_scope',
      0,
    ]);
    expect(await named('web.lab.internal', { deniedNames: ['*.lab.internal'], allowedNames: ['*'] })).toEqual(
      ['out_of_scope', 0],
    );
  });

  it('pins the addresses that were checked, and notes those of the other family', async () => {
    const policy = fixture({ names });
    const scan = await policy.authorize(request(['localhost', 'web.lab.internal', 'WEB.lab.internal']));
    expect(scan.targets).toEqual(['127.0.0.1', '10.0.0.5']);
    expect(scan.names).toEqual([
      { name: 'localhost', addresses: ['127.0.0.1', '::1'] },
      { name: 'web.lab.internal', addresses: ['10.0.0.5'] },
    ]);
    expect(scan.notes).toMatchObject([{ kind: 'other_family', hosts: ['::1'] }]);
    expect(policy.lookups).toEqual(['localhost', 'web.lab.internal']);
  });

  it('survives a resolver that fails', async () => {
    const policy = fixture({
      names: {
        get 'bad.lab.internal'(): string[] {
          return [];
        },
      },
    });
    expect(await codeOf(() => policy.authorize(request(['bad.lab.internal'])))).toBe('name_not_resolved');
  });
});

describe('families', () => {
  const outcomeOf = (targets: string[], flags: string[] = []) =>
    codeOf(() =>
      fixture({ names: { 'six.lab.internal': ['fd00::6'], 'four.lab.internal': ['10.0.0.4'] } }).authorize(
        request(
          targets,
          flags.map((flag) => ({ flag })),
        ),
      ),
    );

  it('never mixes two in one scan', async () => {
    expect(await outcomeOf(['10.0.0.1', 'fd00::1'])).toBe('invalid_target');
    expect(await outcomeOf(['10.0.0.1'], ['-6'])).toBe('invalid_target');
    expect(await outcomeOf(['fd00::1'], ['-6'])).toBe('accepted');
    expect(await outcomeOf(['fd00::1'])).toBe('accepted');
    expect(await outcomeOf(['six.lab.internal'])).toBe('accepted');
    expect(await outcomeOf(['six.lab.internal', '10.0.0.1'])).toBe('name_not_resolved');
    expect(await outcomeOf(['four.lab.internal'], ['-6'])).toBe('name_not_resolved');
  });

  it('takes the IPv6 addresses of a name with -6', async () => {
    const scan = await fixture().authorize(request(['localhost'], [{ flag: '-6' }]));
    expect([scan.family, scan.targets]).toEqual([6, ['::1']]);
  });
});

describe('how many addresses', () => {
  it('are counted once each, over all targets', async () => {
    const policy = fixture();
    expect((await policy.authorize(request(['10.0.0.0/22']))).addressCount).toBe(1024);
    expect((await policy.authorize(request(['10.0.0.0/22', '10.0.0.7', '10.0.3.0/24']))).addressCount).toBe(
      1024,
    );
    expect(await codeOf(() => policy.authorize(request(['10.0.0.0/22', '10.0.4.0'])))).toBe(
      'too_many_addresses',
    );
    await expect(policy.authorize(request(['10.0.0.0/8']))).rejects.toMatchObject({
      code: 'too_many_addresses',
      limit: 'at most 1024 addresses a scan',
    });
  });

  it('leave out what is excluded', async () => {
    const scan = await fixture().authorize(
      request(['10.0.0.0/21'], [{ flag: '--exclude', value: '10.0.4.0/22,10.0.0.0-9' }]),
    );
    expect(scan.addressCount).toBe(1014);
    expect([...scan.addresses()][0]).toBe('10.0.0.10');
    expect(
      await codeOf(() =>
        fixture().authorize(request(['10.0.0.1'], [{ flag: '--exclude', value: '10.0.0.0/24' }])),
      ),
    ).toBe('invalid_target');
  });

  it('keep the same link-local address in two zones apart', async () => {
    const scan = await fixture().authorize(request(['fe80::1%lo', 'fe80::1%eth0']));
    expect(scan.targets).toEqual(['fe80::1%lo', 'fe80::1%eth0']);
    expect(await codeOf(() => fixture().authorize(request(['fe80::1%eth9'])))).toBe('invalid_target');
  });
});
