/** nmap's own lines in, one percentage out. The lines are those of nmap 7.93; real runs are in run.test.ts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readOutputLine } from '../../../src/nmap/run/output.ts';
import { RunProgress, type Work } from '../../../src/nmap/run/progress.ts';

function work(flags: string[], more: Partial<Work> = {}): Work {
  return { addresses: 256, has: (flag) => flags.includes(flag), protocols: ['tcp'], scripts: false, ...more };
}

function percents(lines: string[], of: Work): number[] {
  const way = new RunProgress(of);
  return lines.flatMap((line) => {
    const event = readOutputLine(line);
    const progress = event && way.take(event);
    return progress ? [Math.round(progress.percent)] : [];
  });
}

const down = (first: number, last: number) =>
  Array.from(
    { length: last - first + 1 },
    (_, at) => `Nmap scan report for 10.0.0.${first + at} [host down]`,
  );

test('hosts that are down take no share from the ports of those that are up', () => {
  const lines = [
    'Initiating ARP Ping Scan at 21:49',
    'Scanning 256 hosts [1 port/host]',
    'ARP Ping Scan Timing: About 50.00% done; ETC: 21:49 (0:00:01 remaining)',
    'Completed ARP Ping Scan at 21:49, 1.00s elapsed (256 total hosts)',
    ...down(0, 245),
    'Initiating SYN Stealth Scan at 21:49',
    'Scanning 10 hosts [1000 ports/host]',
    'SYN Stealth Scan Timing: About 50.00% done; ETC: 21:49 (0:00:10 remaining)',
    'Completed SYN Stealth Scan at 21:49, 20.00s elapsed (10000 total ports)',
    'Initiating Service scan at 21:49',
    'Scanning 30 services on 10 hosts',
    'Service scan Timing: About 50.00% done; ETC: 21:50 (0:00:10 remaining)',
  ];
  expect(percents(lines, work(['-n', '-sV']))).toEqual([0, 5, 10, 10, 38, 66, 66, 80]);
});

test('services that say nothing do not make it stand still, and how many are known is told', () => {
  let now = 0;
  const way = new RunProgress(work(['-n', '-sV', '-Pn'], { addresses: 1 }), () => now);
  const tell = (seconds: number, line: string) => {
    now = seconds * 1000;
    const event = readOutputLine(line);
    const { phase, percent = 0 } = (event && way.take(event)) ?? {};
    return [phase, Math.round(percent)];
  };
  tell(0, 'Initiating SYN Stealth Scan at 21:49');
  tell(0, 'Scanning 10.0.0.1 [40 ports]');
  tell(1, 'Completed SYN Stealth Scan at 21:49, 1.00s elapsed (40 total ports)');
  expect(tell(1, 'Initiating Service scan at 21:49')).toEqual(['Service scan', 63]);
  tell(1, 'Scanning 40 services on 10.0.0.1');
  const none = 'Service scan Timing: About 0.00% done';
  expect(tell(6, none)).toEqual(['Service scan, 0 of 40 known after 5 s', 63]);
  expect(tell(61, none)).toEqual(['Service scan, 0 of 40 known after 60 s', 71]);
  expect(tell(1000, none)).toEqual(['Service scan, 0 of 40 known after 999 s', 91]);
  const most = 'Service scan Timing: About 97.50% done; ETC: 21:50 (0:00:01 remaining)';
  expect(tell(1001, most)).toEqual(['Service scan, 39 of 40 known after 1000 s', 93]);
  expect(tell(1002, 'Completed Service scan at 21:50, 1001.00s elapsed (40 services on 1 host)')).toEqual([
    'Service scan',
    94,
  ]);
});

test('looking for hosts is nearly all where nothing else is asked', () => {
  const lines = [
    'Initiating Ping Scan at 21:49',
    'Scanning 256 hosts [4 ports/host]',
    'Completed Ping Scan at 21:49, 1.00s elapsed (256 total hosts)',
  ];
  expect(percents(lines, work(['-sn', '-n'], { protocols: [] }))).toEqual([0, 90]);
});

test('scripts that run before all hosts, and several times, neither begin at the end nor stand there', () => {
  const once = ['Initiating NSE at 21:49', 'Completed NSE at 21:49, 0.00s elapsed'];
  const lines = [
    ...once,
    'Initiating SYN Stealth Scan at 21:49',
    'Scanning web (10.0.0.1) [3 ports]',
    'Completed SYN Stealth Scan at 21:49, 0.01s elapsed (3 total ports)',
    'NSE: Script scanning 10.0.0.1.',
    ...once,
    ...once,
  ];
  const found = percents(lines, work(['-n', '-Pn'], { addresses: 1, scripts: true }));
  expect(found).toEqual([0, 0, 0, 56, 56, 82, 82, 93]);
});

test('whatever the lines, it stays between 0 and 100 and never falls', () => {
  const line = fc.oneof(
    fc
      .constantFrom('ARP Ping Scan', 'SYN Stealth Scan', 'UDP Scan', 'Service scan', 'NSE', 'Odd')
      .chain((name) =>
        fc.constantFrom(
          `Initiating ${name} at 21:49`,
          `Completed ${name} at 21:49, 1.00s elapsed`,
          `${name} Timing: About 37.50% done`,
        ),
      ),
    fc.constantFrom('Scanning 9 hosts [1 port/host]', 'Nmap scan report for a', ...down(1, 1)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), fc.constantFrom(1, 9, 256), (lines, addresses) => {
      const found = percents(lines, work(['-sV'], { addresses, protocols: ['tcp', 'udp'] }));
      expect(found).toEqual(found.toSorted((a, b) => a - b));
      expect(found.every((one) => one >= 0 && one <= 100)).toBe(true);
    }),
  );
});
