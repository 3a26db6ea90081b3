import { describe, expect, it } from 'vitest';
import { argvFor } from '../../../src/nmap/command/argv.ts';
import { AllowedScan } from '../../../src/policy/authorize.ts';
import { argvOf, codeOf, command, fixture, request, UNPRIVILEGED } from './fixture.ts';

describe('AllowedScan', () => {
  it('cannot be forged', async () => {
    const real = await fixture().authorize(request(['10.0.0.1']));
    const forged: unknown[] = [
      { ...real },
      Object.create(AllowedScan.prototype),
      Object.create(real),
      Object.setPrototypeOf({ ...real }, AllowedScan.prototype),
      structuredClone({ ...real }),
      new Proxy(real, {}),
      JSON.parse(JSON.stringify(real)),
      null,
      undefined,
      'scan',
    ];
    expect(AllowedScan.isAllowed(real)).toBe(true);
    expect(forged.map((value) => AllowedScan.isAllowed(value))).toEqual(forged.map(() => false));
    for (const value of forged) {
      expect(() => argvFor(value as AllowedScan, { xml: '/x' })).toThrow(TypeError);
    }
  });

  it('cannot be constructed, nor by a subclass or Reflect', () => {
    const parts = { request: request(['8.8.8.8']), blocks: [] };
    const Constructor = AllowedScan as unknown as new (...parts: unknown[]) => object;
    class Sneaky extends Constructor {}
    const attempts = [
      () => new Constructor(Symbol('authorised'), parts),
      () => new Constructor(Symbol.for('authorised'), parts),
      () => new Constructor(undefined, parts),
      () => new Sneaky(Symbol('authorised'), parts),
      () => Reflect.construct(Constructor, ['authorised', parts]),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(TypeError);
  });

  it('cannot be changed afterwards, nor through the request it came from', async () => {
    const asked = request(['10.0.0.1'], [{ flag: '-p', value: '22' }]);
    const scan = await fixture().authorize(asked);
    const before = argvFor(scan, { xml: '/x' });
    asked.targets[0] = '8.8.8.8';
    asked.options[0] = { flag: '-oN', value: '/tmp/x' };
    const changes = [
      () => Object.assign(scan, { targets: ['8.8.8.8'] }),
      () => (scan.targets as string[]).push('8.8.8.8'),
      () => (scan.options as unknown[]).push({ flag: '-iL', value: '/etc/passwd' }),
      () => Object.assign(scan.options[0] ?? {}, { flag: '-iL' }),
      () => scan.request.targets.push('8.8.8.8'),
      () => Object.defineProperty(scan, 'family', { value: 6 }),
      () => Object.assign(scan.privileges, { raw: false }),
    ];
    for (const change of changes) expect(change).toThrow(TypeError);
    expect(argvFor(scan, { xml: '/x' })).toEqual(before);
  });

  it('goes on without what is done', async () => {
    const scan = await fixture().authorize(request(['10.0.0.0/29', 'localhost']));
    const rest = scan.without(new Set(['10.0.0.0', '10.0.0.3', '127.0.0.1', '::', 'junk', '10.9.9.9']));
    expect(rest?.targets).toEqual(['10.0.0.1-2', '10.0.0.4/30']);
    expect(rest?.addressCount).toBe(6);
    expect(AllowedScan.isAllowed(rest)).toBe(true);
    expect(rest?.options).toEqual(scan.options);
    expect(scan.without(new Set(scan.addresses()))).toBeUndefined();
    expect([...(scan.without(new Set())?.addresses() ?? [])]).toEqual([...scan.addresses()]);
  });
});

describe('options together', () => {
  it.each([
    '-sS -sT',
    '-sS -sA',
    '-sY -sZ',
    '-p 22 -p 23',
    '-p 22 -F',
    '--top-ports 5 -p 22',
    '-F --port-ratio 0.1',
    '-sn -p 22',
    '-sn -sS',
    '-sn -sV',
    '-sn -O',
    '-sL -sV',
    '-sL -PE',
    '-sO -sU',
    '-sO -sV',
    '-Pn -PS22',
    '-n -R',
    '-v -v',
    '--script ssl-cert --script http-title',
    '--version-light --version-all',
    '--min-rate 500 --max-rate 100',
    '--min-hostgroup 50 --max-hostgroup 10',
    '-T4 -T5',
  ])('%s contradict each other', async (text) => {
    expect(await codeOf(() => fixture().authorize(command(`${text} 10.0.0.1`)))).toBe('invalid_option');
  });

  it.each([
    '-sS -sU',
    '-sn -PE',
    '-sn -Pn',
    '-sO -p 1,6',
    '-sT -p 22 -sV -sC -n --reason',
    '-sS -sY -p T:22,S:80',
    '-sn --script ssl-cert',
  ])('%s go together', async (text) =>
    expect(await codeOf(() => fixture().authorize(command(`${text} 10.0.0.1`)))).toBe('accepted'),
  );

  it('refuses flags, values and limits in a stored request too, not only in a command', async () => {
    const outcome = (flag: string, value?: string) =>
      codeOf(() =>
        fixture().authorize(request(['10.0.0.1'], [value === undefined ? { flag } : { flag, value }])),
      );
    expect(await outcome('-oX', '/tmp/x')).toBe('option_not_allowed');
    expect(await outcome('-iL')).toBe('option_not_allowed');
    expect(await outcome('-p', '22 -oN x')).toBe('invalid_ports');
    expect(await outcome('-p')).toBe('invalid_option');
    expect(await outcome('-sV', '/x')).toBe('invalid_option');
    expect(await outcome('constructor')).toBe('invalid_option');
    expect(await outcome('--script', 'default and (safe')).toBe('invalid_option');
    expect(await outcome('-p', Array.from({ length: 101 }, (_, port) => port).join(','))).toBe(
      'too_many_ports',
    );
    expect(await outcome('--max-rate', '20001')).toBe('option_not_allowed');
    expect(await outcome('--min-rate', '20000')).toBe('accepted');
  });

  it('holds port lists to the configured number, also above the usual one', async () => {
    const ports = (count: number) => Array.from({ length: count }, (_, port) => port * 2).join(',');
    const outcome = (count: number, maxPortRanges: number) =>
      codeOf(() =>
        fixture({ settings: { maxPortRanges } }).authorize(
          request(['10.0.0.1'], [{ flag: '-p', value: ports(count) }]),
        ),
      );
    expect(await outcome(11, 10)).toBe('too_many_ports');
    expect(await outcome(150, 200)).toBe('accepted');
  });

  it('knows what nmap takes only together, and in IPv4', async () => {
    const outcome = (text: string) =>
      codeOf(() => fixture({ settings: { allowEvasion: true } }).authorize(command(text)));
    expect(await outcome('--defeat-rst-ratelimit 10.0.0.1')).toBe('invalid_option');
    expect(await outcome('--defeat-rst-ratelimit -sS 10.0.0.1')).toBe('accepted');
    expect(await outcome('-f -sU 10.0.0.1')).toBe('invalid_option');
    expect(await outcome('-f -sT 10.0.0.1')).toBe('invalid_option');
    expect(await outcome('-f -sA 10.0.0.1')).toBe('accepted');
    expect(await outcome('-PP fd00::1')).toBe('invalid_option');
    expect(await outcome('-PP 10.0.0.1')).toBe('accepted');
  });

  it('notes ports of a protocol that is not scanned', async () => {
    const scan = await fixture().authorize(command('-sS -p T:22,U:53 10.0.0.1'));
    expect(scan.notes).toMatchObject([
      { kind: 'not_scanned', message: expect.stringContaining('udp ports') },
    ]);
  });
});

describe('what is taken and not passed on', () => {
  it.each(['-oX -', '-oN -', '-oG -', '--packet-trace'])('%s has a note in its place', async (text) => {
    const scan = await fixture().authorize(command(`${text} -n 10.0.0.1`));
    expect(scan.options).toEqual([{ flag: '-n' }]);
    expect(scan.notes).toMatchObject([{ kind: 'strategy', message: expect.stringContaining('left out') }]);
  });
});

describe('the way to the targets', () => {
  it('is an interface of the machine', async () => {
    expect(await argvOf(fixture(), '-e eth0 -n 10.0.0.1')).toBe('-e eth0 -n -- 10.0.0.1');
    expect(await codeOf(() => fixture().authorize(command('-e eth1 10.0.0.1')))).toBe('invalid_option');
  });

  it('and its DNS servers are in scope, each', async () => {
    expect(await argvOf(fixture(), '--dns-servers 10.0.0.53,FD00::53 10.0.0.1')).toBe(
      '--dns-servers 10.0.0.53,fd00::53 -- 10.0.0.1',
    );
    const { notes } = await fixture().authorize(command('--dns-servers 10.0.0.53 localhost'));
    expect(notes).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('own resolver') }),
    );
    for (const servers of ['8.8.8.8', '10.0.0.53,8.8.8.8', '::ffff:8.8.8.8', '169.254.169.254']) {
      expect(await codeOf(() => fixture().authorize(command(`--dns-servers ${servers} 10.0.0.1`)))).toBe(
        'out_of_scope',
      );
    }
  });
});

describe('the name that was asked for', () => {
  const names = { 'web.lab.internal': ['10.0.0.5'], 'two.lab.internal': ['10.0.0.6', '10.0.0.7', 'fd00::7'] };
  const argsOf = async (text: string) =>
    (await fixture({ names }).authorize(command(text))).options.find(({ flag }) => flag === '--script-args')
      ?.value;

  it('is said by scripts, where all addresses are of that one name', async () => {
    expect(await argsOf('-sC Web.lab.internal.')).toBe(
      'http.host="web.lab.internal",tls.servername="web.lab.internal"',
    );
    expect(await argsOf('-sC --script-args http.host=other.example,vulns.short=1 web.lab.internal')).toBe(
      'http.host="other.example",vulns.short="1",tls.servername="web.lab.internal"',
    );
    expect(await argsOf('-sC web.lab.internal 10.0.0.9')).toBeUndefined();
    expect(await argsOf('-sC web.lab.internal two.lab.internal')).toBeUndefined();
    expect(await argsOf('-sV web.lab.internal')).toBeUndefined();
  });

  it('has all its addresses shown, with which the scan is of', async () => {
    const noteOf = async (text: string) =>
      (await fixture({ names }).authorize(command(text))).notes.find(({ kind }) => kind === 'names')?.message;
    expect(await noteOf('two.lab.internal')).toBe(
      'two.lab.internal has 3 addresses: this scan is of 10.0.0.6, 10.0.0.7, not of fd00::7.',
    );
    expect(await noteOf('--exclude 10.0.0.6 two.lab.internal')).toBe(
      'two.lab.internal has 3 addresses: this scan is of 10.0.0.7, not of 10.0.0.6, fd00::7.',
    );
    expect(await noteOf('web.lab.internal')).toBeUndefined();
  });

  it('is one name with its final dot, also to the scope', async () => {
    const policy = fixture({
      names: { 'a_b.lab.internal': ['10.0.0.5'] },
      settings: { deniedNames: ['no_go.lab.internal'] },
    });
    expect((await policy.authorize(command('A_b.lab.internal.'))).names).toEqual([
      { name: 'a_b.lab.internal', addresses: ['10.0.0.5'] },
    ]);
    expect(await codeOf(() => policy.authorize(command('no_go.lab.internal.')))).toBe('out_of_scope');
    expect(await codeOf(() => policy.authorize(command('example.com.')))).toBe('out_of_scope');
    expect(policy.lookups).toEqual(['a_b.lab.internal']);
  });
});

describe('what needs a setting', () => {
  const evasive = [
    '-f',
    '--mtu 16',
    '-D 10.0.0.9,ME',
    '-g 53',
    '--source-port 53',
    '--data-length 8',
    '--ttl 9',
    '--spoof-mac 02:00:00:00:00:01',
    '--badsum',
  ];

  it.each(evasive)('%s needs allowEvasion', async (text) => {
    expect(await codeOf(() => fixture().authorize(command(`${text} 10.0.0.1`)))).toBe('needs_evasion');
    expect(
      await codeOf(() =>
        fixture({ settings: { allowEvasion: true } }).authorize(command(`${text} 10.0.0.1`)),
      ),
    ).toBe('accepted');
  });

  it('decoys must be in scope and of the same family', async () => {
    const outcome = (decoys: string) =>
      codeOf(() => fixture({ settings: { allowEvasion: true } }).authorize(command(`-D ${decoys} 10.0.0.1`)));
    expect(await outcome('10.0.0.9,8.8.8.8')).toBe('out_of_scope');
    expect(await outcome('fd00::1')).toBe('invalid_option');
  });

  it('-A is what nmap says it is, as far as it may and can be', async () => {
    const allowing = fixture({ settings: { allowIntrusive: true } });
    expect(await argvOf(allowing, '-A -n 10.0.0.1')).toBe(
      '-O -sV --script default and not (broadcast or external or exploit or dos or ftp-bounce) --traceroute -n -- 10.0.0.1',
    );
    expect(await argvOf(allowing, '-A -O -sV -n 10.0.0.1')).toMatch(
      /^--script .* --traceroute -O -sV -n -- /,
    );
    const scan = await fixture().authorize(command('-A -n 10.0.0.1'));
    expect(scan.intrusive).toBe(false);
    expect(scan.options.map(({ flag }) => flag)).toEqual(['-O', '-sV', '--script', '--traceroute', '-n']);
    const bare = await fixture({ privileges: UNPRIVILEGED }).authorize(command('-A -n 10.0.0.1'));
    expect(bare.options.map(({ flag }) => flag)).toEqual(['-sT', '-sV', '--script', '-n']);
    expect(bare.notes).toContainEqual(
      expect.objectContaining({
        kind: 'downgraded',
        message: expect.stringContaining('-O and --traceroute'),
      }),
    );
  });

  it('what the operator named runs by its name', async () => {
    const naming = fixture({ settings: { allowedScripts: ['ssh-brute'], askIntrusive: false } });
    const scan = await naming.authorize(command('--script ssh-brute 10.0.0.1'));
    expect(scan.intrusive).toBe(false);
    expect(await codeOf(() => naming.authorize(command('--script ssh-auth-methods 10.0.0.1')))).toBe(
      'needs_intrusive',
    );
  });

  it('a scan is intrusive by what its patterns select', async () => {
    const allowing = fixture({ settings: { allowIntrusive: true } });
    expect((await allowing.authorize(command("--script 'ssh*' 10.0.0.1"))).intrusive).toBe(true);
    expect((await allowing.authorize(command("--script 'ssh-h*' 10.0.0.1"))).intrusive).toBe(false);
  });

  it('consent stands for allowIntrusive where asking is on, and never for anything else', async () => {
    const asked = { ...command('--script ssh-brute 10.0.0.1'), consent: true };
    expect(await codeOf(() => fixture().authorize(asked))).toBe('accepted');
    expect(await codeOf(() => fixture({ settings: { askIntrusive: false } }).authorize(asked))).toBe(
      'needs_intrusive',
    );
    expect(await codeOf(() => fixture().authorize({ ...command('-f 10.0.0.1'), consent: true }))).toBe(
      'needs_evasion',
    );
    expect(
      await codeOf(() => fixture().authorize({ ...command('--script ssh-brute 8.8.8.8'), consent: true })),
    ).toBe('out_of_scope');
    expect(
      await codeOf(() => fixture().authorize({ ...command('--script vulners 10.0.0.1'), consent: true })),
    ).toBe('script_not_allowed');
  });

  it('says when consent would be enough, and only then', async () => {
    const needsConsent = async (text: string, askIntrusive = true) =>
      (await fixture({ settings: { askIntrusive } }).assess(command(text))).needsConsent;
    expect(await needsConsent('--script ssh-brute 10.0.0.1')).toBe(true);
    expect(await needsConsent('--script vuln,ssh-brute 10.0.0.1')).toBe(true);
    expect(await needsConsent('--script ssh-brute 10.0.0.1', false)).toBe(false);
    expect(await needsConsent('--script ssh-brute 8.8.8.8')).toBe(false);
    expect(await needsConsent('--script ssh-brute -f 10.0.0.1')).toBe(false);
    expect(await needsConsent('-sV 10.0.0.1')).toBe(false);
  });
});

describe('without raw sockets', () => {
  const policy = fixture({ privileges: UNPRIVILEGED });

  it.each(['-sS', '-sU', '-sA', '-sO', '-sY', '-O', '--traceroute', '-PE', '-sn -PU53'])(
    '%s is refused',
    async (text) => {
      expect(await codeOf(() => policy.authorize(command(`${text} 10.0.0.1`)))).toBe('needs_privileges');
    },
  );

  it('says what works instead', async () => {
    await expect(policy.authorize(command('-sS 10.0.0.1'))).rejects.toMatchObject({
      next: expect.stringContaining('Use -sT'),
    });
  });

  it('a scan without a technique becomes a connect scan, and says so', async () => {
    const scan = await policy.authorize(command('-p 22 10.0.0.1'));
    expect(scan.options[0]).toEqual({ flag: '-sT' });
    expect(scan.notes).toMatchObject([{ kind: 'downgraded' }]);
    expect(argvFor(scan, { xml: '/x' })).toContain('--unprivileged');
  });

  it.each(['-sT -p 22', '-sn', '-sL', '-sn -PS22'])('%s needs none and stays as it is', async (text) => {
    expect(await argvOf(policy, `${text} 10.0.0.1`)).toBe(`${text} -- 10.0.0.1`);
  });
});

describe('assess', () => {
  it('collects every refusal, each with a next step', async () => {
    const { refusals, scan, names } = await fixture().assess(
      request(
        ['8.8.8.8', '10.0.0.1,2', 'evil.example', 'localhost'],
        [
          { flag: '-oX', value: '/x' },
          { flag: '-f' },
          { flag: '-p', value: '70000' },
          { flag: '--script', value: 'vulners' },
        ],
      ),
    );
    expect(scan).toBeUndefined();
    expect(refusals.map(({ code }) => code).sort()).toEqual(
      [
        'invalid_ports',
        'invalid_target',
        'needs_evasion',
        'option_not_allowed',
        'out_of_scope',
        'out_of_scope',
        'script_not_allowed',
      ].sort(),
    );
    expect(refusals.every(({ next }) => next.length > 5)).toBe(true);
    expect(names.map(({ name }) => name)).toEqual(['localhost']);
  });

  it('gives the scan when nothing is refused', async () => {
    const { refusals, scan } = await fixture().assess(request(['10.0.0.1']));
    expect(refusals).toEqual([]);
    expect(AllowedScan.isAllowed(scan)).toBe(true);
  });

  it('authorize says in one error all that is wrong', async () => {
    await expect(fixture().authorize(request(['8.8.8.8', '9.9.9.9']))).rejects.toThrow(
      /8\.8\.8\.8.*9\.9\.9\.9/,
    );
  });
});
