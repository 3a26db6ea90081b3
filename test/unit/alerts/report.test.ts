/** The report of a week, mailed by a clock of the test to a real SMTP server on loopback. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deliverDue } from '../../../src/alerts/deliver.ts';
import { lastReport, nextReport } from '../../../src/alerts/timing.ts';
import type { Fact } from '../../../src/core/look.ts';
import { openScene, type Scene, surroundings } from '../../alerts/scene.ts';
import { HOUR, type Seen, START, scanLook } from '../../inventory/looks.ts';

const DAY = 24 * HOUR;
const MONDAY = { day: 1, at: '08:00', zone: 'Europe/Berlin' };

let scene: Scene;
let server: SMTPServer;
let mails: string[];
/** How many of the next mails the server puts off. */
let refusals: number;

beforeEach(async () => {
  mails = [];
  refusals = 0;
  server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], logger: false },
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        refusals -= 1;
        done(refusals >= 0 ? Object.assign(new Error('later'), { responseCode: 451 }) : null);
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  scene = await openScene();
  const to = { from: 'portolan@example.net', to: 'ops@example.net', security: 'none' };
  await scene.alerts.setChannel(
    { name: 'mail', kind: 'email', config: { host: '127.0.0.1', port, ...to }, minSeverity: 'info' },
    'test',
  );
});
afterEach(async () => {
  await scene.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const QUIET: Seen = { address: '10.0.0.5', open: [22], closed: '1-21,23-1000' };
const OPENED: Seen = { address: '10.0.0.5', open: [22, 80], closed: '1-21,23-79,81-1000' };
const BOTH: Seen = { address: '10.0.0.5', open: [22, 80, 90], closed: '1-21,23-79,81-89,91-1000' };
const CERT: Fact = { type: 'cert', port: 443, protocol: 'tcp', fingerprint: 'ab'.repeat(32) };

const THEM = {
  id: 'them',
  pid: process.pid,
  start_ticks: null,
  boot_id: 'boot',
  host: null,
  pid_namespace: null,
};

/** A part of a mail, as a program of mail decodes it (RFC 2045, section 6.7). */
function part(mail: string | undefined, type: string): string {
  const [, boundary = ''] = /boundary="([^"]+)"/.exec(mail ?? '') ?? [];
  const found =
    (mail ?? '').split(`--${boundary}`).find((one) => one.includes(`Content-Type: ${type}`)) ?? '';
  const body = found.slice(found.indexOf('\r\n\r\n'));
  if (!/quoted-printable/i.test(found)) return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
const idOf = (mail: string | undefined) => /^Message-ID: (.*)$/im.exec(mail ?? '')?.[1];

it('tells the week once in text and HTML, whichever process is first, and the next week again', async () => {
  await scene.look(0, [QUIET]);
  await scene.look(1, [OPENED]);
  await scene.look(2, [BOTH]);
  const [accepted] = (await scene.store.changes.page({ kinds: ['port.opened'], limit: 9 })).filter(
    ({ port }) => port === 90,
  );
  const decision = { state: 'accepted', by: 'anna', at: scene.now } as const;
  await scene.store.changes.decide([accepted?.uid ?? ''], decision);
  const week = await scene.alerts.setReport('mail', MONDAY);
  const due = week ?? 0;
  expect(new Date(due).toUTCString()).toMatch(/^Mon, .* 06:00:00 GMT$/);
  // Of the next week: its certificate ends within ten days of the report.
  const hour = Math.floor((due - START) / HOUR) - 1;
  const notAfter = due + 10 * DAY;
  const [sighting] = scanLook(hour, [BOTH]).sightings;
  await scene.look(hour, [], {
    sightings: sighting ? [{ ...sighting, facts: [{ ...CERT, notAfter }] }] : [],
  });
  scene.now = due - 1000;
  await scene.send();
  expect(mails, 'not before its time').toEqual([]);

  scene.now = due;
  await scene.store.instances.register({ ...THEM, heartbeat_at: scene.now });
  const other = { instanceId: THEM.id, around: surroundings(scene.folder), now: () => scene.now };
  await Promise.all([scene.send(), deliverDue({ store: scene.store, underWay: new Set(), ...other })]);
  await scene.pass(HOUR);
  expect(mails).toHaveLength(1);
  expect(await scene.alerts.deliveries(undefined, 10)).toMatchObject([{ state: 'sent', reportAt: due }]);
  const text = part(mails[0], 'text/plain');
  expect(text).toMatch(/Week to [\d-]+ 06:00Z: 2 new, 0 gone, 1 unexpected/);
  expect(text).toMatch(/^New: 2\s+(- .*\s+)?- \[medium\] Port 80\/tcp is open on 10\.0\.0\.5$/m);
  expect(text).toContain('Gone: 0');
  expect(text).toMatch(/^Unexpected, and nobody has decided about it: 1\s+- \[medium\] Port 80/m);
  expect(text).toMatch(/^Coverage: .*\s+- default 10\.0\.0\.0\/24 host: /m);
  const day = new Date(notAfter).toISOString().slice(0, 10);
  expect(text).toMatch(
    new RegExp(`^Hosts whose certificates end .*: 1\\s+- 10\\.0\\.0\\.5: 443/tcp ${day}`, 'm'),
  );
  const html = part(mails[0], 'text/html');
  expect(html).toContain('<h3>New: 2</h3>');
  expect(html).toContain('<li>[medium] Port 80/tcp is open on 10.0.0.5</li>');

  await scene.pass(7 * DAY, 6 * HOUR);
  expect(mails).toHaveLength(2);
  expect(part(mails[1], 'text/plain'), 'what the last one told is told no more').toContain('New: 0');
  await scene.alerts.setReport('mail', undefined);
  await scene.pass(14 * DAY, 6 * HOUR);
  expect(mails).toHaveLength(2);
});

it('is one of its channel and time, however many see at the same moment that it is due', async () => {
  const [channel] = await scene.store.alertSettings.channels();
  const asked = Array.from({ length: 10 }, () =>
    scene.store.deliveries.report(channel?.id ?? 0, START, START),
  );
  expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  expect(await scene.store.deliveries.report(channel?.id ?? 0, START + 7 * DAY, START)).toBe(true);
  expect(await scene.alerts.deliveries(undefined, 100)).toHaveLength(2);
});

it('is tried again under the same key until it is taken, about the same week', async () => {
  await scene.look(0, [QUIET]);
  const due = (await scene.alerts.setReport('mail', MONDAY)) ?? 0;
  const hour = Math.floor((due - START) / HOUR);
  await scene.look(hour - 1, [QUIET]);
  refusals = 2;
  scene.now = due;
  await scene.send();
  // What is found while it waits is of the next week.
  await scene.look(hour + 1, [OPENED]);
  await scene.pass(HOUR);
  expect(mails).toHaveLength(3);
  expect(part(mails[2], 'text/plain')).toContain('New: 0');
  expect(new Set(mails.map(idOf)).size).toBe(1);
  expect(part(mails[2], 'text/plain')).toContain(
    `Week to ${new Date(due).toISOString().slice(0, 16).replace('T', ' ')}Z`,
  );
});

it('shows what a host calls itself, and nothing that a host says becomes markup or acts on a terminal', async () => {
  const name = '<img src=x onerror=alert(1)>"&\u202egnp\u001b[2J';
  await scene.look(0, [QUIET]);
  const [old, hostile] = scanLook(1, [
    OPENED,
    { address: '10.0.0.66', open: [22], closed: '1-21,23-1000' },
  ]).sightings;
  const named = hostile && { ...hostile, marks: [{ type: 'name' as const, value: name, detail: 'mdns' }] };
  await scene.look(1, [], { sightings: old && named ? [old, named] : [] });
  const preview = await scene.alerts.previewReport('mail');
  expect(preview).toContain('onerror=alert(1)');
  scene.now = (await scene.alerts.setReport('mail', MONDAY)) ?? 0;
  await scene.send();
  const html = part(mails[0], 'text/html');
  expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;&#34;&#38;');
  expect(html).not.toContain('<img');
  for (const text of [preview, html, part(mails[0], 'text/plain')])
    expect(text).not.toMatch(/[\u202e\u001b]/);
});

it('goes by mail alone, and says so', async () => {
  await scene.alerts.setChannel(
    { name: 'hook', kind: 'webhook', config: { url: 'http://127.0.0.1:1/' }, minSeverity: 'info' },
    'test',
  );
  await expect(scene.alerts.setReport('hook', MONDAY)).rejects.toThrow(/Reports go by mail.*webhook/);
  await expect(scene.alerts.setReport('nowhere', MONDAY)).rejects.toThrow('There is no channel "nowhere"');
  await expect(scene.alerts.setReport('mail', { ...MONDAY, zone: 'Mars/Base' })).rejects.toThrow(
    /no time zone/,
  );
});

it('comes at the same clock time when clocks are changed, and never for the time before it was asked for', () => {
  const at = (text: string) => Date.parse(text);
  const sunday = { day: 0, at: '08:00', zone: 'Europe/Berlin', since: at('2026-03-20T00:00Z') };
  const due = ['2026-03-22T07:00Z', '2026-03-29T06:00Z', '2026-04-05T06:00Z'].map(at);
  expect(due.map((time) => lastReport(sunday, time))).toEqual(due);
  expect(lastReport(sunday, at('2026-03-29T05:59Z'))).toBe(due[0]);
  expect(lastReport(sunday, at('2026-10-25T06:59Z'))).toBe(at('2026-10-18T06:00Z'));
  expect(lastReport({ ...sunday, since: at('2026-03-22T07:01Z') }, at('2026-03-23T00:00Z'))).toBeUndefined();
  expect(nextReport(sunday, at('2026-10-18T06:00Z'))).toBe(at('2026-10-25T07:00Z'));
});
