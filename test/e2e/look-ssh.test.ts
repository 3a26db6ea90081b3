/** A look from a scanner over SSH, with the facts of a real sshd and a real certificate. Needs root, sshd and openssl. */
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Look } from '../../src/core/look.ts';
import { lookOf } from '../../src/scans/look.ts';
import { openStore } from '../../src/store/open.ts';
import { SCANNER } from '../lab/hosts.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Machine, startMachine } from '../lab/machine.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome, within } from './ssh-home.ts';

const HOST = '10.9.4.1';
const NAT = '203.0.113.7';

let lab: Lab;
let home: SshHome;
let machine: Machine;
let portolan: Portolan;
let certificate: X509Certificate;

beforeAll(async () => {
  lab = await startLab([{ address: HOST, tcp: { 22: 'ssh' } }]);
  home = makeSshHome();
  machine = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: SCANNER.ipv4,
    port: 2222,
    users: [{ name: 'root', uid: 0, publicKey: home.publicKey }],
  });
  home.know(machine);
  home.configure({ scanners: { far: home.scanner(machine, { seenAs: [NAT] }) } });
  const [key, pem] = [join(home.folder, 'tls.key'), join(home.folder, 'tls.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...[
        '-subj',
        '/CN=box.lab.internal/O=Lab',
        '-addext',
        'subjectAltName=DNS:box.lab.internal,DNS:*.lab.internal',
      ],
      ...['-keyout', key, '-out', pem],
    ],
    { stdio: 'ignore' },
  );
  certificate = new X509Certificate(readFileSync(pem));
  lab.spawn(['openssl', 's_server', '-quiet', '-accept', `${SCANNER.ipv4}:443`, '-key', key, '-cert', pem], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const listens = async () => (await lab.run(['ss', '-ltn'])).stdout.includes(':443');
  expect(await within(20, listens)).toBe(true);
  portolan = await startStdio(home, '2026-07-28', (argv) => lab.inside(argv));
});
afterAll(async () => {
  await portolan.close();
  await machine.stop();
  await lab.stop();
  home.remove();
});

async function scan(command: string): Promise<{ look: Look; sources: string[] }> {
  const { structured, text } = await portolan.call('custom_scan', { command, scanner: 'far', timeout: 100 });
  const store = await openStore(home.database);
  try {
    const task = await store.tasks.get(String(structured['task_id']));
    if (!task) throw new Error(text);
    const rows = await store.hosts.page(task.id, { after: 0, limit: 100, downToo: true });
    const hosts = rows.map(({ host }) => host);
    const look = await lookOf(task, hosts, { site: 'lab' });
    if (!look) throw new Error(text);
    return { look, sources: task.run?.reach?.sources ?? [] };
  } finally {
    await store.close();
  }
}

test('a look says from where, what was not reached, and that its scanner stands on the link', async () => {
  const { look, sources } = await scan(`-n -p 22,23 ${HOST} 172.16.5.5`);
  expect(look).toMatchObject({ vantage: 'far', completeness: 'full', discovery: 'arp' });
  expect(look.coverage[0]).toEqual({ first: HOST, last: HOST, aspect: 'host' });
  expect(look.gaps).toEqual([{ address: '172.16.5.5', aspect: 'host', why: 'not_reached' }]);
  expect(sources).toContain(`${SCANNER.ipv4}/16`);
  expect(sources).toContain(NAT);
  expect(sources).not.toContain('127.0.0.1/8');
});

test('a host key is a fact and a mark', async () => {
  const { look } = await scan(`-n -sV -p 2222 --script ssh-hostkey ${SCANNER.ipv4}`);
  const sha256 = createHash('sha256')
    .update(Buffer.from(machine.hostKey.split(' ')[1] ?? '', 'base64'))
    .digest('base64');
  const fingerprint = `SHA256:${sha256.replace(/=+$/, '')}`;
  expect(look.sightings).toMatchObject([
    {
      facts: [{ type: 'hostkey', port: 2222, protocol: 'tcp', keyType: 'ed25519', fingerprint, bits: 256 }],
      marks: [{ type: 'ssh_key', value: fingerprint, detail: 'ed25519' }],
    },
  ]);
  expect(look.coverage.map(({ aspect }) => aspect)).toEqual(['host', 'port', 'service', 'hostkey']);
});

test('a certificate is a fact, its names and, as nobody else signed it, its key are marks', async () => {
  const { look } = await scan(`-n -p 443 --script ssl-cert ${SCANNER.ipv4}`);
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  const key = createHash('sha256').update(spki).digest('hex');
  const [sighting] = look.sightings;
  expect(sighting?.facts).toEqual([
    {
      type: 'cert',
      port: 443,
      protocol: 'tcp',
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: 'CN=box.lab.internal, O=Lab',
      issuer: 'CN=box.lab.internal, O=Lab',
      names: ['box.lab.internal', '*.lab.internal'],
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
      key,
      selfSigned: true,
    },
  ]);
  expect(sighting?.marks).toEqual([
    { type: 'tls_key', value: key, detail: 'sha256' },
    { type: 'cert_name', value: 'box.lab.internal' },
    { type: 'cert_name', value: '*.lab.internal' },
  ]);
  expect(look.coverage.map(({ aspect }) => aspect)).toEqual(['host', 'port', 'cert']);
});
