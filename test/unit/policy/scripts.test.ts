import { describe, expect, it } from 'vitest';
import { INTRUSIVE_CATEGORIES, NEVER_CATEGORIES, NEVER_SCRIPTS } from '../../../src/policy/never-scripts.ts';
import { parseScriptCatalogue } from '../../../src/policy/script-catalogue.ts';
import { judgeScript, selectScripts } from '../../../src/policy/scripts.ts';
import { argvOf, CATALOGUE, codeOf, command, fixture } from './fixture.ts';

const select = (words: string, intrusive = false) => selectScripts(words.split(','), CATALOGUE, intrusive);

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
      expect(select(name)).toEqual({ expression: name, count: 1, notes: [] });
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
    ['all', 'script_not_allowed'],
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

  it('is refused when it fits one that may not run, naming those that may', () => {
    expect(() => select('ssh*')).toThrow(/fits scripts that may not run: ssh-auth-methods, ssh-brute/);
    try {
      select('ssh*');
    } catch (error) {
      expect(error).toMatchObject({ next: 'Name those you want among: ssh-hostkey, ssh2-enum-algos.' });
    }
  });

  it('takes a dot for a dot', async () => {
    expect(await codeOf(() => select('http-robots?txt'))).toBe('accepted');
    expect(await codeOf(() => select('ssl.c*'))).toBe('script_not_allowed');
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
