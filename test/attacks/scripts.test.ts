/** Scripts against services that try to lead them to other hosts: nmap's HTTP library follows redirects. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../src/policy/authorize.ts';
import { parseCommand } from '../../src/policy/command.ts';
import { localFacts } from '../../src/policy/facts.ts';
import { judgeScript } from '../../src/policy/scripts.ts';
import { DEFAULT_POLICY } from '../defaults.ts';
import { nmapAlone, runTracedWithServices, runUncheckedWithServices } from './sandbox.ts';

const facts = localFacts({
  dataDirectory: async () => '/usr/share/nmap',
  privileges: async () => ({ raw: true, how: 'root', detail: 'root of a namespace' }),
});
const policyWith = (allowIntrusive: boolean) =>
  createPolicy(() => ({ ...DEFAULT_POLICY, allowIntrusive }), facts);
const authorize = (command: string, allowIntrusive = false) =>
  policyWith(allowIntrusive).authorize({ tool: 'custom_scan', ...parseCommand(command) });

describe('scripts stay on their target', () => {
  it.each(['-sV -sC', '-sV --script default,safe --script-timeout 10s'])('%s', async (options) => {
    const run = await runTracedWithServices(await authorize(`${options} -p 80,8080 127.0.0.1`));
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.xml).toContain('Did not follow redirect to http://8.8.8.8/elsewhere');
    expect(run.reached).toEqual(['127.0.0.1']);
    expect(run.written).toEqual(['<folder>/scan.xml']);
  });

  it('also when they say the name of the target', async () => {
    const run = await runTracedWithServices(
      await authorize(
        '-sC --script-args http.host=elsewhere.example,tls.servername=elsewhere.example -p 80,8080 127.0.0.1',
      ),
    );
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.reached).toEqual(['127.0.0.1']);
  });

  it('and this target does lead others away', async () => {
    const run = await runUncheckedWithServices(() => [
      '-n',
      '-p',
      '80',
      '--script',
      'http-security-headers',
      '127.0.0.1',
    ]);
    expect(run.reached.sort()).toEqual(['127.0.0.1', '8.8.8.8']);
  });
});

/** The scripts nmap itself selects for an expression. It only prints what they are for. */
async function selectedByNmap(expression: string): Promise<string[]> {
  const { stdout, stderr } = await nmapAlone(() => ['-oX', '-', '--script-help', expression]);
  expect(stderr).toBe('');
  return Array.from(
    stdout.matchAll(/<script filename="[^"]*\/([^/"]+)\.nse">/g),
    ([, name]) => name ?? '',
  ).sort();
}

describe('nmap selects exactly the scripts that may run', () => {
  const words = [
    'default',
    'safe',
    'discovery',
    'version',
    'auth',
    'ssh-hostkey',
    'http-robots.txt',
    'ssl-cert,default',
  ];

  it.each([
    ...[...words, 'default or safe', 'not intrusive', '(safe or auth) and http-*', 'http-*'].map(
      (word) => [word, false] as const,
    ),
    ['not (default or http-*)', true] as const,
    ...[...words, 'intrusive', 'vuln', 'brute', 'ssh*', 'malware'].map((word) => [word, true] as const),
  ])('for %s (intrusive allowed: %s)', async (word, intrusive) => {
    const catalogue = await facts.scripts();
    expect(catalogue.size).toBeGreaterThan(400);
    const scan = await authorize(`--script '${word}' 127.0.0.1`, intrusive);
    const expression = scan.options.find(({ flag }) => flag === '--script')?.value ?? '';
    const selected = await selectedByNmap(expression);
    // What nmap itself takes the words for, without those that may not run.
    const asked = await selectedByNmap(word);
    expect(selected).toEqual(
      asked.filter((name) => judgeScript(name, catalogue.get(name) ?? new Set(), intrusive).run),
    );
    expect(selected).toHaveLength(scan.scriptCount);
    expect(selected.length).toBeGreaterThan(0);
  });
});

describe('questions to the name server', () => {
  // dns.query goes to the name server of this machine unless it is told a host (nselib/dns.lua).
  const asksElsewhere = (source: string) =>
    source.includes('nmap.resolve(') ||
    Array.from(source.matchAll(/(?<!--.*)dns\.query\(/g), ({ index }) => argumentsAt(source, index)).some(
      (given) => !/\bhost\s*=/.test(given),
    );

  it('are asked by no script that may run, whatever is allowed', async () => {
    const catalogue = await facts.scripts();
    const asking = [...catalogue]
      .filter(([name]) => asksElsewhere(readFileSync(`/usr/share/nmap/scripts/${name}.nse`, 'latin1')))
      .map(([name]) => name);
    expect(asking).toContain('fcrdns');
    expect(asking.filter((name) => judgeScript(name, catalogue.get(name) ?? new Set(), true).run)).toEqual(
      [],
    );
  });
});

/** From the first bracket at or behind `from` to the one that closes it. */
function argumentsAt(source: string, from: number): string {
  const start = source.indexOf('(', from);
  let depth = 0;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === '(') depth += 1;
    if (source[at] === ')') depth -= 1;
    if (depth === 0) return source.slice(start, at);
  }
  return source.slice(start);
}
