/**
 * Whatever is accepted becomes an argv that nmap reads as exactly what was authorised: random targets, ports and
 * commands, each read by a real nmap that reaches nobody.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortolanError } from '../../src/core/errors.ts';
import { parsePorts } from '../../src/core/ports.ts';
import { argvFor } from '../../src/nmap/command/argv.ts';
import { FLAGS } from '../../src/policy/allowed-options.ts';
import type { AllowedScan } from '../../src/policy/authorize.ts';
import { createPolicy } from '../../src/policy/authorize.ts';
import { parseCommand } from '../../src/policy/command.ts';
import { localFacts } from '../../src/policy/facts.ts';
import { DEFAULT_POLICY } from '../defaults.ts';
import { nmapAlone } from './sandbox.ts';

const facts = localFacts({
  dataDirectory: async () => '/usr/share/nmap',
  privileges: async () => ({ raw: true, how: 'root', detail: 'root of a namespace' }),
});
const policy = createPolicy(() => ({ ...DEFAULT_POLICY, allowIntrusive: true, allowEvasion: true }), facts);

/** The scan, or undefined when it is refused. */
async function accept(
  targets: string[],
  options: { flag: string; value?: string }[],
): Promise<AllowedScan | undefined> {
  try {
    return await policy.authorize({ tool: 'custom_scan', targets, options });
  } catch (error) {
    if (error instanceof PortolanError) return undefined;
    throw error;
  }
}

const octet = fc.integer({ min: 0, max: 255 });
const base = fc.tuple(octet, octet, octet).map((parts) => `10.${parts.join('.')}`);
const ipv4 = fc.oneof(
  base,
  fc.tuple(base, fc.integer({ min: 24, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`),
  fc.tuple(base, octet).map(([address, last]) => `${address}-${last}`),
  fc.tuple(octet, octet, octet).map(([c, d, e]) => `192.168.${c}.${d}-192.168.${c}.${e}`),
  fc.constantFrom(
    '127.0.0.1',
    '10.0.0.255/31',
    '172.16.0.0/25',
    '10.0.0.1,2',
    '10.0.0-1.1',
    '010.0.0.1',
    '10.1',
  ),
);
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const ipv6 = fc.oneof(
  fc.tuple(group, group).map(([a, b]) => `fd12::${a}:${b}`),
  fc.tuple(group, fc.integer({ min: 119, max: 128 })).map(([a, prefix]) => `fd12:0:0:5::${a}/${prefix}`),
  fc.tuple(group, group, group).map(([a, b, c]) => `FE80::${a}:${b}:0:${c}`),
  fc.constantFrom('::1', 'fd00:0000::0001', 'fd00::1-5', 'fd00::*'),
);
const exclusion = fc.option(fc.array(ipv4, { minLength: 1, maxLength: 2 }), { nil: undefined });

const inNumericOrder = (texts: Iterable<string>) => [...texts].sort();

describe('targets', () => {
  const agrees = async (targets: string[], exclude: string[] | undefined, seen: { accepted: number }) => {
    const options = [
      { flag: '-sL' },
      { flag: '-n' },
      ...(exclude ? [{ flag: '--exclude', value: exclude.join(',') }] : []),
    ];
    const scan = await accept(targets, options);
    if (!scan) return;
    seen.accepted++;
    const { stdout } = await nmapAlone((files) => argvFor(scan, files));
    const listed = Array.from(
      stdout.matchAll(/^Nmap scan report for (\S+)/gm),
      ([, address]) => address ?? '',
    );
    expect(listed).toHaveLength(scan.addressCount);
    expect(inNumericOrder(listed)).toEqual(inNumericOrder(scan.addresses()));
  };

  it('IPv4, with exclusions', async () => {
    const seen = { accepted: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(ipv4, { minLength: 1, maxLength: 5 }), exclusion, (targets, exclude) =>
        agrees(targets, exclude, seen),
      ),
      { numRuns: 120 },
    );
    expect(seen.accepted).toBeGreaterThan(5);
  });

  it('IPv6', async () => {
    const seen = { accepted: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(ipv6, { minLength: 1, maxLength: 4 }), (targets) =>
        agrees(targets, undefined, seen),
      ),
      { numRuns: 60 },
    );
    expect(seen.accepted).toBeGreaterThan(3);
  });

  it('what is left of a scan', async () => {
    const scan = await accept(['10.0.0.0/26', '10.0.1.5-60'], [{ flag: '-sL' }, { flag: '-n' }]);
    if (!scan) throw new Error('refused');
    const all = [...scan.addresses()];
    await fc.assert(
      fc.asyncProperty(fc.subarray(all), async (done) => {
        const rest = scan.without(new Set(done));
        if (!rest) return;
        const { stdout } = await nmapAlone((files) => argvFor(rest, files));
        const listed = Array.from(
          stdout.matchAll(/^Nmap scan report for (\S+)/gm),
          ([, address]) => address ?? '',
        );
        expect(inNumericOrder([...listed, ...done])).toEqual(inNumericOrder(all));
      }),
      { numRuns: 15 },
    );
  });
});

/** `1-3,7` as the numbers it names. */
function expand(services: string): Set<number> {
  const ports = new Set<number>();
  for (const range of services.split(',').filter((word) => word !== '')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let port = first; port <= last; port++) ports.add(port);
  }
  return ports;
}

/** Per protocol, the ports that nmap says it will scan (<scaninfo> of its report). */
async function portsOfNmap(scan: AllowedScan): Promise<Map<string, Set<number>>> {
  const { xml } = await nmapAlone((files) => argvFor(scan, files));
  const infos = xml.matchAll(/<scaninfo [^>]*protocol="([a-z]+)" numservices="\d+" services="([^"]*)"/g);
  return new Map(Array.from(infos, ([, protocol = '', services = '']) => [protocol, expand(services)]));
}

describe('ports', () => {
  const number = fc.oneof(fc.integer({ min: 0, max: 1200 }), fc.integer({ min: 0, max: 65_535 }));
  const piece = fc.oneof(
    number.map(String),
    fc.tuple(number, number).map(([a, b]) => `${a}-${b}`),
    number.map((port) => `${port}-`),
    number.map((port) => `-${port}`),
    number.map((port) => `00${port}`),
    fc.constantFrom(
      '-',
      '0',
      'T:22',
      'U:53',
      'T:-',
      'U:-100',
      '[1-300]',
      'http*',
      'ssh',
      'T:domain',
      '[-]',
      'S:80',
    ),
  );

  it('are those that nmap means to scan', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
        const text = pieces.join(',');
        const scan = await accept(
          ['127.0.0.1'],
          [{ flag: '-sS' }, { flag: '-sU' }, { flag: '-n' }, { flag: '-p', value: text }],
        );
        if (!scan) return;
        accepted++;
        const ports = await portsOfNmap(scan);
        const list = parsePorts(text).pieces;
        for (const protocol of ['tcp', 'udp'] as const) {
          const mine = list.filter((one) => one.protocol === undefined || one.protocol === protocol);
          const within = (port: number) =>
            mine.some((one) => one.kind === 'service' || (port >= one.first && port <= one.last));
          const scanned = [...(ports.get(protocol) ?? [])];
          expect(scanned.filter((port) => !within(port))).toEqual([]);
          const exact = mine.flatMap((one) =>
            one.kind === 'range' ? [...expand(`${one.first}-${one.last}`)] : [],
          );
          // After a service name of one protocol, nmap 7.93 takes the same number of the other for a duplicate.
          if (mine.some(({ kind }) => kind !== 'range')) continue;
          expect(exact.filter((port) => !ports.get(protocol)?.has(port))).toEqual([]);
          expect(scanned).toHaveLength(new Set(exact).size);
        }
      }),
      { numRuns: 100 },
    );
    expect(accepted).toBeGreaterThan(30);
  });
});

describe('options', () => {
  /** Complaints of an nmap that does not understand its command line. */
  const COMPLAINT =
    /unrecognized|unknown|illegal|invalid option|requires an argument|QUITTING|ambiguous|Usage:|bogus|must be|only specify|cannot|can't/i;
  const VALUES: Record<string, string[]> = {
    '-p': ['22', '80,443', '-'],
    '--exclude-ports': ['80', 'T:22'],
    '--script': ['ssh-hostkey', 'default', 'http-title,safe', 'not intrusive', '(safe or auth) and http-*'],
    '--script-args': ['vulns.short=1', 'http.useragent="Mozilla 5.0"'],
    '--scanflags': ['SYNFIN', '9'],
    '-D': ['10.0.0.2,ME', '127.0.0.9'],
    '--exclude': ['10.0.0.3'],
    '-e': ['lo'],
    '--dns-servers': ['127.0.0.1'],
    '--spoof-mac': ['02:00:00:00:00:01'],
    '-PO': ['1,6'],
    '--port-ratio': ['0.5', '.1'],
    '-T': ['3', 'aggressive', '5'],
    '-v': ['2'],
    '-d': ['1'],
  };
  const valuesOf = ({ flag, value }: (typeof FLAGS)[number]) =>
    VALUES[flag] ??
    ['8', '16', '100ms', '22'].flatMap((text) => {
      try {
        return value?.parse(text) ?? [];
      } catch {
        return [];
      }
    });
  const choices = FLAGS.flatMap((row) => [
    ...(row.value && !row.optional ? [] : [{ flag: row.flag }]),
    ...(row.value ? valuesOf(row).map((value) => ({ flag: row.flag, value })) : []),
  ]);
  const target = (options: { flag: string }[]) =>
    options.some(({ flag }) => flag === '-6') ? '::1' : '127.0.0.1';

  const understood = async (scan: AllowedScan) => {
    const { stdout, stderr } = await nmapAlone((files) => argvFor(scan, files));
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => COMPLAINT.test(line));
    expect(lines, `${JSON.stringify(scan.options)} ${stderr}`).toEqual([]);
  };

  it('each of the table is understood by nmap', async () => {
    for (const choice of choices) {
      const needs = FLAGS.find(({ flag }) => flag === choice.flag)?.needs;
      const options = [choice, ...(needs === undefined ? [] : [{ flag: needs }])];
      const scan = await accept([target(options)], options);
      expect(scan, JSON.stringify(choice)).toBeDefined();
      if (scan) await understood(scan);
    }
  });

  it('that were accepted together are understood together', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.subarray(choices, { minLength: 2, maxLength: 6 }), async (options) => {
        const scan = await accept([target(options)], options);
        if (!scan) return;
        accepted++;
        await understood(scan);
      }),
      // A fixed seed: nmap may refuse a rare combination that the table does not know, which harms nobody.
      { numRuns: 100, seed: 20_261_120 },
    );
    expect(accepted).toBeGreaterThan(30);
  });

  it('of a command are what nmap is given', async () => {
    const commands = [
      '-sSU -pT:80,U:53 -T4 --open',
      '-sCV -p22 -vv',
      '-PS22,80 -sn',
      '-Pn -n --reason -F',
      '--top-ports=20',
    ];
    for (const command of commands) {
      const scan = await policy.authorize({ tool: 'custom_scan', ...parseCommand(`${command} 127.0.0.1`) });
      await understood(scan);
    }
  });
});
