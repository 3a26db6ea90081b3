import { describe, expect, it } from 'vitest';
import { INTRUSIVE_CATEGORIES, NEVER_CATEGORIES, NEVER_SCRIPTS } from '../../../src/policy/never-scripts.ts';
import { parseScriptCatalogue } from '../../../src/policy/script-catalogue.ts';
import { judgeScript, selectScripts } from '../../../src/policy/scripts.ts';
import { SCRIPTS } from '../../../src/policy/values.ts';
import { argvOf, CATALOGUE, codeOf, command, fixture } from './fixture.ts';

const select = (words: string, intrusive = false, named: string[] = []) =>
  selectScripts(words.split(','), CATALOGUE, { intrusive, named: new Set(named) });

describe('parseScriptCatalogue', () => {
  it('reads entries and passes over everything else', () => {
    const text =
      'Entry { filename = "a-b.nse", categories = { "safe", "default", } }\n-- comment\nEntry { filename = "../x.nse", categories = { "safe", } }\n';
    expect([...parseScriptCatalogue(text)]).toEqual([['a-b', new Set(['safe', 'default'])]]);
  });
});

describe('a script by name', () => {
  it.each(['ssh-hostkey', 'ssl-cert', 'http-title', 'http-robots.txt', 'ssh2-enum-algos'])(
    '%s runs',
    (name) => {
      expect(select(name)).toEqual({ expression: name, count: 1, intrusive: false, notes: [] });
    },
  );

  it.each([
    ['ssh-brute', 'needs_intrusive'],
    ['ssh-auth-methods', 'needs_intrusive'],
    ['http-git', 'needs_intrusive'],
    ['banner-only', 'needs_intrusive'],
    ['smb-double-pulsar-backdoor', 'needs_intrusive'],
    ['broadcast-ping', 'script_not_allowed'],
    ['vulners', 'script_not_allowed'],
    ['http-open-proxy', 'script_not_allowed'],
    ['http-fetch', 'script_not_allowed'],
    ['ftp-bounce', 'script_not_allowed'],
    ['no-such-script', 'script_not_allowed'],
    ['not', 'script_not_allowed'],
    ['true', 'script_not_allowed'],
  ])('%s is refused with %s', async (name, code) => expect(await codeOf(() => select(name))).toBe(code));

  it.each(['broadcast-ping', 'vulners', 'http-open-proxy', 'http-fetch', 'ftp-bounce'])(
    '%s is refused even where intrusive scripts are allowed',
    async (name) => expect(await codeOf(() => select(name, true))).toBe('script_not_allowed'),
  );

  it.each(['ssh-brute', 'ssh-auth-methods', 'http-git', 'banner-only'])(
    '%s runs where intrusive scripts are allowed',
    (name) => {
      expect(select(name, true).expression).toBe(name);
    },
  );

  it.each([...NEVER_SCRIPTS.keys()])('%s never runs, however harmless its categories', (name) => {
    expect(judgeScript(name, new Set(['safe', 'default']), true).run).toBe(false);
  });

  it.each([...NEVER_CATEGORIES, ...INTRUSIVE_CATEGORIES])(
    'is not saved from %s by also being safe',
    (category) => {
      expect(judgeScript('x', new Set(['safe', 'default', category]), false).run).toBe(false);
    },
  );
});

describe('a category', () => {
  it('becomes an expression without what may not run, and a note that names it', () => {
    const { expression, count, notes } = select('default');
    expect(expression).toBe(
      'default and not (broadcast or external or exploit or dos or brute or intrusive or vuln or fuzzer or malware or ftp-bounce)',
    );
    expect(count).toBe(4);
    expect(notes).toMatchObject([{ kind: 'not_scanned' }]);
    expect(notes[0]?.message).toContain('http-git, http-open-proxy, ftp-bounce');
  });

  it('other than default and safe still selects only those', () => {
    expect(select('discovery').expression).toMatch(/^discovery and \(safe or default\) and not \(/);
    expect(select('discovery', true).expression).toBe(
      'discovery and not (broadcast or external or exploit or dos)',
    );
  });

  it.each(INTRUSIVE_CATEGORIES.filter((category) => category !== 'fuzzer'))(
    '%s needs the setting',
    async (category) => {
      expect(await codeOf(() => select(category))).toBe('needs_intrusive');
      expect(select(category, true).count).toBeGreaterThan(0);
    },
  );

  it.each(['broadcast', 'external'])('%s never runs', async (category) => {
    expect(await codeOf(() => select(category, true))).toBe('script_not_allowed');
  });
});

describe('a pattern', () => {
  it('becomes the names it fits', () => {
    expect(select('ssl-*').expression).toBe('ssl-cert');
    expect(select('ssh?-enum-*').expression).toBe('ssh2-enum-algos');
  });

  it('leaves out what may not run, and says so', () => {
    const { expression, intrusive, notes } = select('ssh*');
    expect(expression).toBe('ssh-hostkey,ssh2-enum-algos');
    expect(intrusive).toBe(false);
    expect(notes[0]?.message).toMatch(/^2 scripts of ssh\* were left out.*ssh-auth-methods, ssh-brute/);
  });

  it('is refused when nothing of it may run, which a person may change where leave is all it lacks', async () => {
    expect(await codeOf(() => select('ssh-a*'))).toBe('needs_intrusive');
    expect(await codeOf(() => select('vuln*'))).toBe('script_not_allowed');
  });

  it('needs the scope of the caller when it is the leave that lets some of it run', () => {
    expect(select('ssh*', true)).toMatchObject({ count: 4, intrusive: true });
    expect(select('not default', true).intrusive).toBe(true);
    expect(select('discovery', true).intrusive).toBe(true);
    expect(select('auth', true).intrusive).toBe(true);
    expect(select('default', true).intrusive).toBe(false);
  });

  it('takes a dot for a dot', async () => {
    expect(await codeOf(() => select('http-robots?txt'))).toBe('accepted');
    expect(await codeOf(() => select('ssl.c*'))).toBe('script_not_allowed');
  });
});

describe('an expression', () => {
  it.each([
    ['ssl-cert or http-title', 'ssl-cert,http-title'],
    ['default and ssh-*', 'ssh-hostkey'],
    ['not intrusive and not default', 'ssh2-enum-algos'],
    ['NOT default and (ssh* or banner-only)', 'ssh2-enum-algos'],
    ['safe and not (http-* or ssl-cert or ssh-hostkey)', 'ssh2-enum-algos'],
    ['ssl-cert or safe and ssh2-*', 'ssh2-enum-algos,ssl-cert'],
    ['ssl-cert.nse', 'ssl-cert'],
  ])('%s selects %s', (rule, names) => {
    const chosen = select(SCRIPTS.parse(rule) ?? '').expression;
    expect(chosen.split(',').sort()).toEqual(names.split(',').sort());
  });

  it('of alternatives is the same as with commas', () => {
    expect(select('default or safe')).toEqual(select('default,safe'));
  });

  it('never selects what never runs, whatever is allowed', () => {
    for (const rule of ['all', 'not intrusive', 'not http-title', 'external or (safe and http-*)', '*']) {
      const chosen = select(rule, true, [...CATALOGUE.keys()]).expression.split(',');
      expect(chosen).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/broadcast|vulners|proxy|fetch|bounce/)]),
      );
    }
  });

  it.each(['safe and no-such', 'not no-such', 'not safe and not default and http-title'])(
    '%s is refused, as a word of it or all of it means nothing',
    async (rule) => expect(await codeOf(() => select(rule))).toBe('script_not_allowed'),
  );

  it.each([
    '(safe',
    'safe)',
    'safe and',
    'or safe',
    'not',
    'safe default',
    '()',
    './x',
    '/tmp/x.nse',
    '+safe',
    'true',
    'a/b',
  ])('%s is none', (rule) => expect(SCRIPTS.parse(rule)).toBeUndefined());

  it('with "and" before "or" asks for parentheses: nmap 7.93 reads it unlike its manual', () => {
    expect(() => SCRIPTS.parse('safe and default or http-title')).toThrow(/parentheses/);
    expect(SCRIPTS.parse('(safe and default) or http-title')).toBe('(safe and default) or http-title');
    expect(() => SCRIPTS.parse('ssl-cert or safe and default or http-title')).toThrow(/parentheses/);
  });
});

describe('scripts that the operator named', () => {
  it('run by their names alone, and need no scope for intrusive scans', async () => {
    expect(select('ssh-brute', false, ['ssh-brute'])).toEqual({
      expression: 'ssh-brute',
      count: 1,
      intrusive: false,
      notes: [],
    });
    expect(select('ssh*', false, ['ssh-brute']).expression).not.toContain('ssh-brute');
    expect(await codeOf(() => select('brute', false, ['ssh-brute']))).toBe('needs_intrusive');
    expect(await codeOf(() => select('vulners', false, ['vulners']))).toBe('script_not_allowed');
    expect(() => select('ssh-brute')).toThrow(
      expect.objectContaining({ next: expect.stringContaining('security.allowedScripts') }),
    );
  });

  it('ssl-enum-ciphers needs no naming: it makes handshakes and no more', () => {
    expect(select('ssl-enum-ciphers').intrusive).toBe(false);
    expect(select('ssl-*').expression).toBe('ssl-cert');
  });
});

describe('in a scan', () => {
  it('-sC and --script become one --script, in the place of the first', async () => {
    expect(await argvOf(fixture(), '-n -sV -sC --script ssh2-enum-algos 10.0.0.1')).toMatch(
      /^-n -sV --script default and not \(.*\),ssh2-enum-algos -- 10\.0\.0\.1$/,
    );
  });

  it('scripts and -sV keep to the targets: no reverse names', async () => {
    const scan = await fixture().authorize(command('-sV 10.0.0.1'));
    expect(scan.options.map(({ flag }) => flag)).toEqual(['-sV', '-n']);
    expect(scan.notes[0]?.message).toMatch(/Reverse names were not looked up/);
    expect(await codeOf(() => fixture().authorize(command('-sV -R 10.0.0.1')))).toBe('invalid_option');
    expect(await codeOf(() => fixture().authorize(command('-R 10.0.0.1')))).toBe('accepted');
  });
});
