import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostResult } from '../../../src/core/result.ts';
import { createXmlDecoder } from '../../../src/nmap/xml/bytes.ts';
import { HEAD, host, readXml, TAIL } from './read-xml.ts';

const REPORT = readFileSync(new URL('data/full.xml', import.meta.url), 'utf8');

test('a host is read whole', () => {
  const { hosts, runs, scanInfo, stats, tasks, end } = readXml(REPORT);
  expect(end).toEqual({ truncated: false });
  expect(runs).toEqual([
    {
      scanner: 'nmap',
      version: '7.93',
      args: 'nmap -v --stats-every 1s -sS -sV -O -sC -oX full.xml 10.0.0.1-3',
      started: 1795160094,
    },
  ]);
  expect(scanInfo).toEqual([{ type: 'syn', protocol: 'tcp', services: 1000, ports: '1-1000' }]);
  expect(tasks).toEqual([
    { event: 'begin', task: 'SYN Stealth Scan', time: 1795160094 },
    { event: 'progress', task: 'SYN Stealth Scan', time: 1795160095, percent: 9.82, remainingSeconds: 10 },
    { event: 'end', task: 'SYN Stealth Scan', time: 1795160105, info: '3000 total ports' },
  ]);
  expect(stats).toMatchObject([
    {
      elapsedSeconds: 12.5,
      up: 2,
      down: 1,
      total: 3,
      time: 1795160107,
      summary: expect.stringContaining('12.50 seconds'),
    },
  ]);
  for (const one of hosts) expect(HostResult.parse(one)).toEqual(one);
  expect(hosts).toEqual([
    {
      address: '10.0.0.1',
      status: 'up',
      reason: 'arp-response',
      mac: '02:00:00:00:00:01',
      vendor: 'Example',
      hostnames: [{ name: 'gate.lab.internal', type: 'PTR' }],
      other_ports: [
        {
          state: 'closed',
          count: 900,
          reasons: [{ reason: 'reset', count: 900, protocol: 'tcp', ports: '1-21,23-442,444-902' }],
        },
        {
          state: 'filtered',
          count: 98,
          reasons: [
            { reason: 'no-response', count: 90, protocol: 'tcp', ports: '903-992' },
            { reason: 'admin-prohibited', count: 8, protocol: 'tcp', ports: '993-1000' },
          ],
        },
      ],
      ports: [
        {
          port: 22,
          protocol: 'tcp',
          state: 'open',
          reason: 'syn-ack',
          service: 'ssh',
          product: 'OpenSSH',
          version: '9.2p1 Debian 2+deb12u3',
          extra_info: 'protocol 2.0',
          method: 'probed',
          confidence: 10,
          cpe: ['cpe:/a:openbsd:openssh:9.2p1', 'cpe:/o:linux:linux_kernel'],
          details: { reason_ttl: 64, os_type: 'Linux' },
          scripts: [
            {
              id: 'ssh-hostkey',
              output: '\n  256 aa:bb (ECDSA)\n  256 cc:dd (ED25519)',
              data: [{ bits: '256', fingerprint: 'aabb' }],
            },
          ],
        },
        {
          port: 443,
          protocol: 'tcp',
          state: 'open',
          reason: 'syn-ack',
          service: 'http',
          tunnel: 'ssl',
          method: 'table',
          confidence: 3,
          details: { reason_ttl: 64 },
        },
      ],
      os: [
        {
          name: 'Linux 4.15 - 5.6',
          accuracy: 100,
          line: 67250,
          cpe: ['cpe:/o:linux:linux_kernel:4', 'cpe:/o:linux:linux_kernel:5'],
          classes: ['4', '5'].map((version) => ({
            vendor: 'Linux',
            family: 'Linux',
            generation: `${version}.X`,
            type: 'general purpose',
            accuracy: 100,
            cpe: [`cpe:/o:linux:linux_kernel:${version}`],
          })),
        },
        { name: 'Linux 5.0', accuracy: 96, line: 67300 },
      ],
      distance: 1,
      uptime: { seconds: 12345, last_boot: 'Fri Nov 20 04:00:00 2026' },
      scripts: [{ id: 'clock-skew', output: 'mean: 2s', data: { mean: '2' } }],
      details: {
        started: 1795160094,
        ended: 1795160105,
        reason_ttl: 0,
        os_ports: [
          { state: 'open', protocol: 'tcp', port: 22 },
          { state: 'closed', protocol: 'tcp', port: 1 },
        ],
        round_trip: { mean: 5, variance: 0, timeout: 100000 },
      },
    },
    { address: '10.0.0.2', status: 'down', reason: 'no-response', ports: [], details: { reason_ttl: 0 } },
    {
      address: '10.0.0.3',
      status: 'up',
      reason: 'arp-response',
      ports: [],
      timed_out: true,
      details: {
        started: 1795160094,
        ended: 1795160105,
        reason_ttl: 0,
        round_trip: { mean: 5, variance: 0, timeout: 100000 },
      },
    },
  ]);
});

test('wherever a report is cut into pieces, the same is read', () => {
  const whole = readXml(REPORT);
  fc.assert(
    fc.property(fc.array(fc.nat(REPORT.length), { maxLength: 40 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), REPORT.length];
      const pieces = at.slice(1).map((end, index) => REPORT.slice(at[index], end));
      expect(readXml(...pieces)).toEqual(whole);
    }),
    { numRuns: 200 },
  );
  expect(readXml(...REPORT)).toEqual(whole);
});

test('wherever the bytes of a report are cut, the same text is decoded', () => {
  const text = `${HEAD}<!-- ä€𝄞 -->${TAIL}`;
  const encodings = {
    utf8: Buffer.from(text),
    'utf8 with byte order mark': Buffer.from(`\ufeff${text}`),
    utf16le: Buffer.from(text, 'utf16le'),
    'utf16le with byte order mark': Buffer.from(`\ufeff${text}`, 'utf16le'),
    'utf16be with byte order mark': Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  };
  for (const bytes of Object.values(encodings)) {
    for (const size of [1, 2, 3, 7, 4096]) {
      const decoder = createXmlDecoder();
      let decoded = '';
      for (let at = 0; at < bytes.length; at += size)
        decoded += decoder.decode(bytes.subarray(at, at + size));
      expect(decoded + decoder.end()).toBe(text);
    }
  }
});

test('wherever a report is cut off, every host that was complete is kept and the cut is said', () => {
  const text = HEAD + host('10.0.0.1') + host('10.0.0.2') + host('10.0.0.3') + TAIL;
  const ends = [...text.matchAll(/<\/host>/g)].map(({ index }) => index + '</host>'.length);
  for (let length = 0; length < text.trimEnd().length; length += 1) {
    const { hosts, end } = readXml(text.slice(0, length));
    const complete = hosts.filter(({ partial }) => !partial);
    expect(end.truncated).toBe(true);
    expect(complete).toHaveLength(ends.filter((at) => at <= length).length);
    expect(hosts.length - complete.length).toBeLessThanOrEqual(1);
  }
  expect(readXml(text).end).toEqual({ truncated: false });
});

test('of the host in which a report was cut, what was read is kept as partial', () => {
  const cut =
    HEAD + host('10.0.0.1').replace('</ports>', '<port protocol="tcp" portid="23"><state state="op');
  const { hosts } = readXml(cut.slice(0, cut.lastIndexOf('state="op')));
  expect(hosts).toMatchObject([{ address: '10.0.0.1', partial: true, ports: [{ port: 22, state: 'open' }] }]);
});

test('two reports in a row are read both', () => {
  const { hosts, runs, stats, end } = readXml(
    HEAD + host('10.0.0.1') + TAIL + HEAD + host('10.0.0.2') + TAIL,
  );
  expect(hosts.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2']);
  expect([runs.length, stats.length]).toEqual([2, 2]);
  expect(end).toEqual({ truncated: false });
});

test('ports in a state that is not known are kept as unknown, so that as many are told as were asked', () => {
  const { hosts } = readXml(
    `${HEAD}<host><status state="up"/><address addr="10.0.0.2" addrtype="ipv4"/><ports>
<extraports state="closed" count="9"/><extraports state="UNKNOWN" count="10"><extrareasons reason="no-responses" count="10"/></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/></port>
<port protocol="tcp" portid="23"><state state="blocked" reason="odd"/></port></ports></host>${TAIL}`,
  );
  const [one] = hosts;
  expect(one?.ports.map(({ port, state }) => [port, state])).toEqual([
    [22, 'open'],
    [23, 'unknown'],
  ]);
  expect(one?.other_ports).toMatchObject([
    { state: 'closed', count: 9 },
    { state: 'unknown', count: 10 },
  ]);
});

test("masscan's report: no status, one host per port", () => {
  const { hosts, runs } = readXml(`<?xml version="1.0"?>
<!-- masscan v1.0 scan -->
<nmaprun scanner="masscan" start="1795160094" version="1.0-BETA" xmloutputversion="1.03">
<scaninfo type="syn" protocol="tcp" />
<host endtime="1795160094"><address addr="10.0.0.1" addrtype="ipv4"/><ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="64"/></port></ports></host>
<runstats><finished time="1795160094" timestr="2026-11-20" elapsed="12" /><hosts up="1" down="0" total="1" /></runstats>
</nmaprun>`);
  expect(runs[0]?.scanner).toBe('masscan');
  expect(hosts).toEqual([
    {
      address: '10.0.0.1',
      status: 'up',
      ports: [{ port: 80, protocol: 'tcp', state: 'open', reason: 'syn-ack', details: { reason_ttl: 64 } }],
      details: { ended: 1795160094 },
    },
  ]);
});

test('a target that nmap skipped, and an error it ended with, are told', () => {
  const { skipped, stats } = readXml(
    `${HEAD}<target specification="10.0.0.300" status="skipped" reason="invalid"/>
<runstats><finished elapsed="0.1" exit="error" errormsg="No such device"/><hosts up="0" down="0" total="0"/></runstats></nmaprun>`,
  );
  expect(skipped).toEqual([{ specification: '10.0.0.300', reason: 'invalid' }]);
  expect(stats[0]?.error).toBe('No such device');
});
