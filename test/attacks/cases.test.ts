/**
 * Inputs that broke other servers of this kind (cases.json): each is refused before anything runs, or shown with a real
 * nmap to read and write no file of others and to reach no address but those authorised.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatAddress, parseAddress } from '../../src/core/address.ts';
import { PortolanError } from '../../src/core/errors.ts';
import type { ScanRequest } from '../../src/core/request.ts';
import type { AllowedScan } from '../../src/policy/authorize.ts';
import { createPolicy } from '../../src/policy/authorize.ts';
import { parseCommand } from '../../src/policy/command.ts';
import { localFacts } from '../../src/policy/facts.ts';
import { DEFAULT_POLICY } from '../defaults.ts';
import { runTraced, runUnchecked } from './sandbox.ts';

const Case = z.looseObject({ input: z.string(), expect: z.enum(['refuse', 'harmless']) });
const cases = z
  .looseObject({ target: z.array(Case), ports: z.array(Case), custom: z.array(Case) })
  .parse(JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')));

/** Cases that describe a name instead of writing one, and what the resolver says of it here. */
const DESCRIBED = new Map([
  ['name that resolves to one inside and one outside address', 'mixed.lab.internal'],
  ['name.lab.internal that resolves to a public address', 'public.lab.internal'],
]);
const NAMES = new Map([
  ['localhost', ['127.0.0.1', '::1']],
  ['mixed.lab.internal', ['127.0.0.1', '8.8.8.8']],
  ['public.lab.internal', ['8.8.8.8']],
]);

const lookups: string[] = [];
const facts = localFacts({
  dataDirectory: async () => '/usr/share/nmap',
  privileges: async () => ({ raw: true, how: 'root', detail: 'root of a namespace' }),
});
const policy = createPolicy(() => DEFAULT_POLICY, {
  ...facts,
  resolve: async (name) => {
    lookups.push(name);
    return NAMES.get(name) ?? [];
  },
});

/** The scan, or the refusal; anything else that is thrown is a defect. */
async function decide(request: () => ScanRequest): Promise<AllowedScan | PortolanError> {
  try {
    return await policy.authorize(request());
  } catch (error) {
    if (error instanceof PortolanError) return error;
    throw error;
  }
}

const targetRequest = (input: string) => ({
  tool: 'quick_scan',
  targets: [DESCRIBED.get(input) ?? input],
  options: [{ flag: '--top-ports', value: '10' }],
});
const portsRequest = (input: string) => ({
  tool: 'custom_scan',
  targets: ['127.0.0.1'],
  options: [{ flag: '-p', value: input }],
});
const commandRequest = (input: string) => ({ tool: 'custom_scan', ...parseCommand(input) });

const KINDS = [
  ['target', cases.target, targetRequest],
  ['ports', cases.ports, portsRequest],
  ['custom', cases.custom, commandRequest],
] as const;

/** What nmap opens by itself, whatever it is asked: its libraries, its data, the machine's tables. */
const ITS_OWN =
  /^(\/lib|\/usr\/lib|\/usr\/bin\/\.\.\/share\/nmap\/|\/usr\/share\/nmap\/|\/etc\/ld\.so|\/proc\/(self|net)\/|\/sys\/|\/dev\/(urandom|null|tty)$|\/etc\/(nsswitch\.conf|passwd|resolv\.conf|hosts|localtime|services|protocols|host\.conf|gai\.conf|ssl\/openssl\.cnf)$|\/usr\/lib\/ssl\/openssl\.cnf$)/;

describe.each(KINDS)('%s', (_kind, list, toRequest) => {
  const refused = list.filter((one) => one.expect === 'refuse').map(({ input }) => input);
  const harmless = list.filter((one) => one.expect === 'harmless').map(({ input }) => input);

  it.each(refused)('refuses %j', async (input) => {
    const refusal = await decide(() => toRequest(input));
    expect(refusal).toBeInstanceOf(PortolanError);
    if (!(refusal instanceof PortolanError)) return;
    expect(refusal.code).not.toBe('internal');
    expect(refusal.message).not.toBe('');
    expect(refusal.next).not.toBe('');
  });

  it.each(harmless)('does exactly what was authorised for %j', async (input) => {
    const scan = await decide(() => toRequest(input));
    if (scan instanceof PortolanError) {
      // The one form that could be read, but is refused for its own reason.
      expect([input, scan.code]).toEqual(['10.0.0.1,2', 'invalid_target']);
      return;
    }
    const run = await runTraced(scan);
    expect(run.exitCode, run.stderr).toBe(0);
    expect(run.xml).toContain('</nmaprun>');
    expect(run.written).toEqual(['<folder>/scan.xml']);
    expect(run.read.filter((path) => !ITS_OWN.test(path))).toEqual([]);
    expect(run.started).toEqual(['/usr/bin/nmap']);
    const allowed = new Set(scan.addresses());
    const reached = run.reached.map((text) => {
      const address = parseAddress(text);
      return address ? formatAddress(address) : text;
    });
    expect(reached.filter((address) => !allowed.has(address))).toEqual([]);
  });
});

it('looked up no name that is not allowed', () => {
  expect(lookups.filter((name) => name !== 'localhost' && !name.endsWith('.lab.internal'))).toEqual([]);
});

describe('the tracer sees what the policy prevents', () => {
  it('a file that is read', async () => {
    const run = await runUnchecked(() => ['-sL', '-n', '-iL', '/etc/hostname']);
    expect(run.read.filter((path) => !ITS_OWN.test(path))).toEqual(['/etc/hostname']);
  });

  it('files that are written', async () => {
    const run = await runUnchecked((folder) => ['-sL', '-n', '-oA', `${folder}/evil`, '127.0.0.1']);
    expect(run.written).toEqual(['<folder>/evil.nmap', '<folder>/evil.gnmap', '<folder>/evil.xml']);
  });

  it.each([['-sT'], ['-sS'], ['-sU']])('addresses that are reached by %s', async (technique) => {
    const run = await runUnchecked(() => [technique, '-n', '-Pn', '-p', '9', '127.0.0.7', '127.0.0.8']);
    expect(run.reached.sort()).toEqual(['127.0.0.7', '127.0.0.8']);
  });
});
