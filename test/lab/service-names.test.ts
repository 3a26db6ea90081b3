/** Services that a scanner in haste names wrong: the adaptive scan calls each of them what plain nmap does. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifications, scanIn } from '../../bench/strategy-scan.ts';
import type { Service } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

const ADDRESS = '10.9.8.1';
const SERVICES: Record<number, Service> = {
  22: 'ssh',
  // Ports that nmap asks for web pages first.
  80: 'http',
  8080: { greetsLaterMs: 2500 },
  2222: { greetsLaterMs: 3500 },
  4444: { greetsLaterMs: 1500 },
  // A greeting that is late, and one that nobody knows.
  2525: { banner: '220 mail.lab.internal ESMTP Postfix (Debian/GNU)\r\n', afterMs: 2000 },
  41000: { tls: 'http' },
  30001: { tls: 'http' },
  5001: { closesAfterMs: 0 },
  5002: { closesAfterMs: 2000 },
  // A database that closes on all but its own words, which nmap has among its last.
  6380: { begins: '*1\r\n$4\r\ninfo', answer: '-NOAUTH Authentication required.\r\n' },
};

let lab: Lab;
beforeAll(async () => {
  lab = await startLab([{ address: ADDRESS, tcp: SERVICES }]);
});
afterAll(() => lab.stop());

test('late greetings, two protocols on one port, TLS anywhere, ports that close', {
  timeout: 300_000,
}, async () => {
  const command = `-T4 -n -sV -p ${Object.keys(SERVICES).join(',')} ${ADDRESS}`;
  const adaptive = identifications(await scanIn(lab, { command, strategy: 'adaptive' }));
  const plain = identifications(await scanIn(lab, { command, strategy: 'plain' }));
  expect(adaptive).toEqual(plain);
  // That it is the late greeting which is told is what this is about.
  for (const port of [8080, 2222, 4444]) expect(plain.get(`${ADDRESS} ${port}`)).toContain('OpenSSH');
  for (const port of [41_000, 30_001]) expect(plain.get(`${ADDRESS} ${port}`)).toContain('ssl');
});

test('ports that never say a word are asked by many at once, and named all the same', {
  timeout: 400_000,
}, async () => {
  const silent = await startLab([{ address: ADDRESS, tcp: { 22: 'ssh', 80: 'http', 7001: 'silent' } }]);
  try {
    const command = `-T4 -n -sV -p 22,80,7001 ${ADDRESS}`;
    const scan = await scanIn(silent, { command, strategy: 'adaptive' });
    const found = [...identifications(scan).values()];
    expect(found).toEqual([
      'ssh | OpenSSH | 9.2p1 Debian 2+deb12u3 | protocol 2.0 | - | probed',
      'http | nginx | 1.22.1 | - | - | probed',
      'afs3-callback | - | - | - | - | table',
    ]);
  } finally {
    await silent.stop();
  }
});
