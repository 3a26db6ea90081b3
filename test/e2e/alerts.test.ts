/** A port opens on a host that is scanned, and one mail arrives; it closes, and one says so. */
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import {
  type Home,
  makeHome,
  type Portolan,
  runPortolan,
  startStdio,
  untilSaid,
  withSettings,
} from './portolan.ts';

const HOST = '127.0.11.21';
const mails: string[] = [];
let server: SMTPServer;
let home: Home;
let portolan: Portolan;
let port: number;
let passing: Listener | undefined;
let steady: Listener;

beforeAll(async () => {
  server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false },
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  port = await freePorts(3);
  steady = await listen(HOST, port, 'hello\r\n');
  home = makeHome();
  portolan = await startStdio(
    home,
    '2026-07-28',
    withSettings(
      'inventory.recheckSeconds=1',
      'alerts.allowedNetworks=127.0.0.0/8',
      'tools.toolsets=scan,alerts,schedules',
    ),
  );
});
afterAll(async () => {
  await portolan.close();
  await steady.close();
  await passing?.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  home.remove();
});

const call = async (tool: string, args: Record<string, unknown>) => {
  const answer = await portolan.call(tool, args);
  expect(answer.text).not.toMatch(/^\w+_\w+: /);
  return answer;
};
const scan = async () => {
  await call('custom_scan', { command: `-sT -Pn -n -p ${port}-${port + 1} ${HOST}` });
};
const subjects = () =>
  mails.map((mail) => /^Subject: ((?:.|\r\n )*)/m.exec(mail)?.[1]?.replace(/\r\n /g, ' ') ?? '');
/** Some of the free ports have a name in nmap's table of services, which is told with them. */
const opens = (port: number) =>
  new RegExp(
    String.raw`^\[portolan medium\] Port ${port}/tcp is open on ${HOST.replaceAll('.', String.raw`\.`)}(: [\w-]+)?$`,
  );
async function arrived(count: number): Promise<void> {
  for (let tries = 0; tries < 600 && mails.length < count; tries += 1) await delay(100);
  expect(subjects()).toHaveLength(count);
}

it('mails what opens, once, and that it is over once that was confirmed, in one thread', async () => {
  const { port: smtp } = server.server.address() as AddressInfo;
  const config = {
    host: '127.0.0.1',
    port: smtp,
    security: 'none',
    from: 'p@example.net',
    to: 'o@example.net',
  };
  await call('set_alert_channel', { name: 'mail', kind: 'email', config });
  await scan();
  await call('set_alert', { rule: { name: 'all', channels: ['mail'] } });
  passing = await listen(HOST, port + 1, 'hello\r\n');
  await scan();
  await arrived(1);
  await scan();
  await passing.close();
  passing = undefined;
  await scan();
  await arrived(2);
  // Sent in between, or once more: it would be here by now.
  await delay(4000);
  const [opened = '', over = '', ...more] = subjects();
  expect(more).toEqual([]);
  expect(opened).toMatch(opens(port + 1));
  expect(over).toContain(`Resolved: port ${port + 1}/tcp on ${HOST} is closed again`);
  const [, id] = /^Message-ID: (<.*>)/m.exec(mails[0] ?? '') ?? [];
  expect(mails[1]).toContain(`References: ${id}`);
});

it('does so of scans that a schedule has run', async () => {
  mails.length = 0;
  // A port of its own: one that goes on turning would be told as flapping.
  const command = `-sT -Pn -n -p ${port},${port + 2} ${HOST}`;
  await call('set_schedule', { action: 'add', name: 'watch', command, when: 'every 10s' });
  await untilSaid(portolan, 'list_schedules', { name: 'watch' }, /completed/);
  passing = await listen(HOST, port + 2, 'hello\r\n');
  await arrived(1);
  await passing.close();
  passing = undefined;
  await arrived(2);
  await call('set_schedule', { action: 'remove', name: 'watch' });
  expect(subjects()[0]).toMatch(opens(port + 2));
  expect(subjects()[1]).toContain(`Resolved: port ${port + 2}/tcp on ${HOST} is closed again`);
});

it('prints the report of the week at a shell, and says when it is mailed', async () => {
  const alerts = (...args: string[]) => runPortolan(home, ['alerts', ...args, '--db', home.database]);
  const preview = await alerts('report', '--preview');
  expect(preview.stdout).toMatch(/^Week to .*: \d+ new, \d+ gone, \d+ unexpected$/m);
  for (const part of ['New', 'Gone', 'Unexpected', 'Coverage', 'Hosts whose certificates end'])
    expect(preview.stdout).toMatch(new RegExp(`^${part}`, 'm'));
  await alerts('channel', 'weekly', 'email', 'host=127.0.0.1', 'from=p@example.net', 'to=o@example.net');
  const set = await alerts('report', 'weekly', '--on', 'sun', '--at', '07:30', '--zone', 'UTC');
  expect(set.stdout).toMatch(/goes to weekly: sun 07:30 UTC, next [\d-]+ 07:30Z/);
  expect((await alerts()).stdout).toContain('weekly report sun 07:30 UTC');
  expect((await alerts('report', 'weekly', '--off')).stdout).toContain('No weekly report goes to weekly');
});
