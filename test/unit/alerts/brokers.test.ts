/** A real MQTT broker (mosquitto) and a real syslog server (rsyslog, with TLS), on loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Message, Told } from '../../../src/alerts/message.ts';
import { send } from '../../../src/alerts/send.ts';
import { type Certificates, makeCertificates } from '../../alerts/certificates.ts';
import { surroundings } from '../../alerts/scene.ts';

let folder: string;
let pem: Certificates;
const children: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-brokers-'));
  pem = makeCertificates(folder);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(
    children.map((child) => child.exitCode ?? new Promise((resolve) => child.once('exit', resolve))),
  );
  rmSync(folder, { recursive: true, force: true });
});

const AT = Date.parse('2026-11-29T07:30:00Z');
const TOLD: Told = {
  ...{ incident: 'i_1', word: 'opened', kind: 'port.opened', severity: 'high', site: 'default' },
  ...{ line: 'Port 80/tcp is open on web (10.0.0.5)', change: 'e_1', address: '10.0.0.5', name: 'a"]b' },
  ...{ port: 80, protocol: 'tcp', openedAt: AT, at: AT },
};
const MESSAGE: Message = {
  ...{ id: 'd_1', rule: 'all', channel: 'there', severity: 'high', title: TOLD.line, lines: [] },
  ...{ told: [TOLD, { ...TOLD, incident: 'i_2', word: 'undone' }], total: 2, at: AT, over: false },
};

const hand = async (kind: string, config: Readonly<Record<string, unknown>>) =>
  await send(
    { name: 'there', kind, config },
    MESSAGE,
    surroundings(folder, { 'env:PORTOLAN_ALERT_T': 'right-horse', 'env:PORTOLAN_ALERT_W': 'wrong-horse' }),
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await delay(50);
  }
  throw new Error(`nothing listens at ${port}`);
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !done(); tries += 1) await delay(50);
  expect(done()).toBe(true);
}

it('hands incidents to an MQTT broker, and tells Home Assistant what they are', async () => {
  const [plain, tls] = [await freePort(), await freePort()];
  const [passwords, config] = [join(folder, 'passwords'), join(folder, 'mosquitto.conf')];
  const made = spawn('mosquitto_passwd', ['-c', '-b', passwords, 'portolan', 'right-horse'], {
    stdio: 'ignore',
  });
  await new Promise((resolve) => made.once('exit', resolve));
  writeFileSync(
    config,
    [
      `listener ${plain} 127.0.0.1`,
      `listener ${tls} 127.0.0.1`,
      ...[`certfile ${pem.certFile}`, `keyfile ${pem.keyFile}`, `password_file ${passwords}`, 'user root'],
    ].join('\n'),
  );
  children.push(spawn('mosquitto', ['-c', config], { stdio: 'ignore' }));
  await listening(plain);
  const reader = await connectAsync(`mqtt://127.0.0.1:${plain}`, {
    username: 'portolan',
    password: 'right-horse',
  });
  const heard = new Map<string, string[]>();
  reader.on('message', (topic, payload) => {
    heard.set(topic, [...(heard.get(topic) ?? []), payload.toString('utf8')]);
  });
  try {
    await reader.subscribeAsync('#', { qos: 1 });
    const login = { user: 'portolan', password: 'env:PORTOLAN_ALERT_T' };
    await hand('mqtt', { host: '127.0.0.1', port: plain, ...login });
    await hand('mqtt', { host: 'localhost', port: tls, tls: true, ca: pem.caFile, ...login });
    await until(() => heard.get('portolan/alerts')?.length === 4);
    const [first] = heard.get('portolan/alerts') ?? [];
    expect(JSON.parse(first ?? '')).toMatchObject({
      event_type: 'opened',
      id: 'd_1',
      incident: 'i_1',
      port: 80,
    });
    const [discovery] = heard.get('homeassistant/event/portolan_there/config') ?? [];
    expect(JSON.parse(discovery ?? '')).toMatchObject({
      unique_id: 'portolan_there',
      state_topic: 'portolan/alerts',
      event_types: expect.arrayContaining(['opened', 'undone']),
    });
  } finally {
    await reader.endAsync(true);
  }
  await expect(
    hand('mqtt', { host: '127.0.0.1', port: plain, user: 'portolan', password: 'env:PORTOLAN_ALERT_W' }),
  ).rejects.toThrow(/refuses the user or the password/);
  await expect(hand('mqtt', { host: 'localhost', port: tls, tls: true })).rejects.toThrow(
    /signed by nobody this machine trusts/,
  );
});

it('hands incidents to a syslog server over UDP, TCP and TLS', async () => {
  const [udp, tcp, tls] = [await freePort(), await freePort(), await freePort()];
  const [file, config] = [join(folder, 'syslog.jsonl'), join(folder, 'rsyslog.conf')];
  writeFileSync(
    config,
    `global(workDirectory="${folder}" defaultNetstreamDriverCAFile="${pem.caFile}"
  defaultNetstreamDriverCertFile="${pem.certFile}" defaultNetstreamDriverKeyFile="${pem.keyFile}")
module(load="imudp") module(load="imtcp")
template(name="all" type="string" string="%inputname% %pri% %app-name% %msgid% %structured-data% %msg%\\n")
ruleset(name="keep") { action(type="omfile" file="${file}" template="all") }
input(type="imudp" address="127.0.0.1" port="${udp}" ruleset="keep" name="udp")
input(type="imtcp" address="127.0.0.1" port="${tcp}" ruleset="keep" name="tcp")
input(type="imtcp" address="127.0.0.1" port="${tls}" ruleset="keep" name="tls"
  streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
`,
  );
  const words: string[] = [];
  const server = spawn('rsyslogd', ['-n', '-f', config, '-i', join(folder, 'rsyslog.pid')]);
  server.stderr.on('data', (chunk) => words.push(String(chunk)));
  children.push(server);
  await listening(tcp);
  await hand('syslog', { host: '127.0.0.1', port: udp, protocol: 'udp' });
  await hand('syslog', { host: '127.0.0.1', port: tcp, protocol: 'tcp' });
  await hand('syslog', { host: 'localhost', port: tls, protocol: 'tls', ca: pem.caFile });
  const kept = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  await until(() => kept().length === 6).catch(() => expect(kept(), words.join('')).toHaveLength(6));
  for (const way of ['udp', 'tcp', 'tls']) {
    const [first = '', second = ''] = kept().filter((line) => line.startsWith(way));
    // Facility 13, severity 2.
    expect(first).toMatch(
      new RegExp(`^${way} 106 portolan opened \\[portolan@32473 id="d_1" incident="i_1"`),
    );
    expect(first).toContain('name="a\\"\\]b"');
    expect(first).toMatch(/ Port 80\/tcp is open on web \(10\.0\.0\.5\)$/);
    expect(second).toContain(' undone ');
  }
  await expect(hand('syslog', { host: 'localhost', port: tls, protocol: 'tls' })).rejects.toThrow(
    /signed by nobody this machine trusts/,
  );
});
