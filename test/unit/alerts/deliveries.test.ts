/** What opens is told once, what becomes of it is told there too, and nothing is lost on the way. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linesOf, type Receiver, startReceiver } from '../../alerts/receiver.ts';
import { openScene, type Scene } from '../../alerts/scene.ts';
import { HOUR } from '../../inventory/looks.ts';

let scene: Scene;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  scene = await openScene();
  await scene.alerts.setChannel(
    { name: 'hook', kind: 'webhook', config: { url: receiver.url }, minSeverity: 'info' },
    'test',
  );
});
afterEach(async () => {
  await scene.close();
  await receiver.close();
});

const QUIET = { address: '10.0.0.5', open: [22], closed: '1-21,23-1000' };
const OPENED = { address: '10.0.0.5', open: [22, 80], closed: '1-21,23-79,81-1000' };

it('tells one incident in one message, and that it is over once that is confirmed', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({});
  await scene.look(1, [OPENED]);
  expect(await scene.send()).toEqual({ sent: 1, failed: 0 });
  await scene.look(2, [OPENED]);
  expect(await scene.send()).toEqual({ sent: 0, failed: 0 });
  await scene.look(3, [QUIET]);
  expect(await scene.send(), 'one look does not confirm it').toEqual({ sent: 0, failed: 0 });
  await scene.look(4, [QUIET]);
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual([
    'Port 80/tcp is open on 10.0.0.5',
    'Resolved: port 80/tcp on 10.0.0.5 is closed again, confirmed by a later look',
  ]);
  const [first, second] = receiver.taken.map(({ body }) => JSON.parse(body));
  expect(second.data.incident).toBe(first.data.incident);
  expect([first.type, second.type, second.data.over]).toEqual(['incident.opened', 'incident.undone', true]);
});

it('says who accepted it, and says nothing of what is accepted before it was told', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({ timing: { digest: 'each' } });
  await scene.look(1, [OPENED]);
  await scene.send();
  const [event] = await scene.store.changes.page({ kinds: ['port.opened'], limit: 1 });
  await scene.store.changes.decide([event?.uid ?? ''], {
    state: 'accepted',
    by: 'anna',
    at: scene.now,
    reason: 'new web server',
  });
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual([
    'Port 80/tcp is open on 10.0.0.5',
    'Resolved: accepted by anna (new web server): Port 80/tcp is open on 10.0.0.5',
  ]);
});

it('asks rules in the language of the inventory about the incident and its host', async () => {
  await scene.look(0, [QUIET, { address: '10.0.0.200', open: [22], closed: '1-21,23-1000' }]);
  await scene.rule({ query: 'net:10.0.0.192/26 severity:>=medium port:80 is:unexpected' });
  await scene.look(1, [OPENED, { address: '10.0.0.200', open: [22, 80, 81], closed: '1-21,23-79,82-1000' }]);
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual(['Port 80/tcp is open on 10.0.0.200']);
});

it('does not tell what opened before there was a rule, nor what is too slight for the channel', async () => {
  await scene.look(0, [QUIET]);
  await scene.look(1, [OPENED]);
  await scene.alerts.setChannel(
    { name: 'hook', kind: 'webhook', config: { url: receiver.url }, minSeverity: 'high' },
    'test',
  );
  await scene.rule({});
  await scene.look(2, [{ ...OPENED, open: [22, 80, 443], closed: '1-21' }]);
  await scene.look(3, [{ ...OPENED, open: [22, 80, 443, 445], closed: '1-21' }]);
  await scene.send();
  // A port of the risky set weighs more.
  expect(linesOf(receiver.taken)).toEqual(['Port 445/tcp is open on 10.0.0.5']);
});

it('gives everything to a receiver that was down for a day, each incident under one key', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({ timing: { most: 1000 } });
  receiver.answer(503);
  for (let hour = 1; hour <= 24; hour += 1) {
    const open = [22, ...Array.from({ length: hour }, (_, i) => 100 + i)];
    await scene.look(hour, [{ address: '10.0.0.5', open }]);
    await scene.pass(HOUR / 2, 300_000);
  }
  expect(receiver.taken).toEqual([]);
  expect(receiver.refused.length).toBeLessThan(60);
  receiver.answer(200);
  await scene.pass(9 * HOUR, 600_000);
  const told = receiver.taken.flatMap(({ body }) => JSON.parse(body).data.incidents);
  const opened = told.filter(({ word }) => word === 'opened').map(({ port }) => port);
  expect(opened.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => 100 + i));
  const ids = [...receiver.refused, ...receiver.taken].map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(receiver.taken.length);
});

it('lists what it gave up with the reason, and sends it again when it is told to', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({});
  receiver.answer(422, '{"error":"no such field"}');
  await scene.look(1, [OPENED]);
  await scene.send();
  const [dead] = await scene.alerts.deliveries('dead', 10);
  expect(dead?.error).toMatch(/does not take the message \(422\).*no such field/);
  receiver.answer(200);
  expect(await scene.alerts.resend([dead?.uid ?? ''])).toBe(1);
  await scene.send();
  expect(linesOf(receiver.taken)).toEqual(['Port 80/tcp is open on 10.0.0.5']);
});

it('makes one message of a storm, with a sample, and no more of them than the rule allows', async () => {
  const hosts = (minute: number) =>
    Array.from({ length: 90 }, (_, i) => {
      const port = 200 + i;
      const isOpen = i % 6 < minute;
      return {
        address: `10.0.0.${i + 1}`,
        open: isOpen ? [22, port] : [22],
        closed: isOpen ? `1-21,23-${port - 1},${port + 1}-1000` : '1-21,23-1000',
      };
    });
  await scene.look(0, hosts(0));
  await scene.rule({ timing: { most: 2 } });
  for (let minute = 1; minute <= 5; minute += 1) {
    await scene.look(1 + minute / 64, hosts(minute));
    await scene.send();
  }
  expect(receiver.taken.length).toBeGreaterThan(0);
  expect(receiver.taken.length).toBeLessThanOrEqual(2);
  const [storm] = receiver.taken.map(({ body }) => JSON.parse(body));
  expect(storm.data.title).toMatch(/^\d+ changes: \d+ new/);
});

it('tells nothing again when the inventory is built anew from what was seen', async () => {
  await scene.look(0, [QUIET]);
  await scene.rule({});
  await scene.look(1, [OPENED]);
  await scene.look(2, [QUIET]);
  await scene.look(3, [QUIET]);
  await scene.send();
  const before = receiver.taken.length;
  expect(before).toBeGreaterThan(0);
  await scene.store.folds.rebuild('default');
  await scene.look(4, [QUIET]);
  expect(await scene.store.deliveries.outbox(10)).toEqual([]);
  await scene.send();
  expect(receiver.taken.length).toBe(before);
});
