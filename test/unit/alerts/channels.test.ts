/** What each channel over HTTP sends, in the shape that its service documents, to a receiver on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNEL_KINDS } from '../../../src/alerts/channels/index.ts';
import type { Message, Told } from '../../../src/alerts/message.ts';
import { send } from '../../../src/alerts/send.ts';
import { makeCertificates } from '../../alerts/certificates.ts';
import { type Receiver, startReceiver, type Taken } from '../../alerts/receiver.ts';
import { surroundings } from '../../alerts/scene.ts';

const AT = Date.parse('2026-11-29T07:30:00Z');
const TOLD: Told = {
  ...{ incident: 'i_1', word: 'opened', kind: 'port.opened', severity: 'high', site: 'default' },
  ...{ line: 'Port 80/tcp is open on <@all> *web* (10.0.0.5)', change: 'e_1', address: '10.0.0.5' },
  ...{ port: 80, protocol: 'tcp', openedAt: AT, at: AT },
};
const OPENED: Message = {
  ...{
    id: 'd_1',
    rule: 'all',
    channel: 'there',
    severity: 'high',
    title: TOLD.line,
    lines: ['Seen at 07:30'],
  },
  ...{ told: [TOLD], total: 1, at: AT, incident: 'i_1', over: false },
};
const OVER: Message = {
  ...OPENED,
  ...{ id: 'd_2', title: 'Resolved', over: true, told: [{ ...TOLD, word: 'undone', closedAt: AT }] },
};
const TOKEN = 'a-token-nobody-may-see';

let folder: string;
let receiver: Receiver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-channels-'));
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const hand = async (kind: string, config: Readonly<Record<string, unknown>>, message = OPENED) =>
  await send(
    { name: 'there', kind, config },
    message,
    surroundings(folder, {
      'env:PORTOLAN_ALERT_T': TOKEN,
      'env:PORTOLAN_ALERT_URL': `${receiver.url}/hook/${TOKEN}`,
      'env:PORTOLAN_ALERT_KEY': `whsec_${Buffer.from(TOKEN.repeat(2)).toString('base64')}`,
    }),
  );
const body = (one: Taken | undefined) => JSON.parse(one?.body ?? 'null');
const SECRET = 'env:PORTOLAN_ALERT_T';
const HOOK = 'env:PORTOLAN_ALERT_URL';

interface Case {
  kind: string;
  config: () => Record<string, unknown>;
  /** What the service answers. */
  answer?: unknown;
  receipt?: string;
  path: string;
  headers?: Record<string, string>;
  body: Record<string, unknown>;
  /** Of what is said later, as an answer to the first. */
  later?: Record<string, unknown>;
}

const CASES: Case[] = [
  {
    kind: 'slack',
    config: () => ({ webhook: HOOK }),
    path: `/hook/${TOKEN}`,
    body: { text: expect.stringContaining('&lt;@all&gt;'), unfurl_links: false },
  },
  {
    kind: 'slack',
    config: () => ({ token: SECRET, channel: 'C1', api: receiver.url }),
    answer: { ok: true, ts: '17.5' },
    receipt: '17.5',
    path: '/chat.postMessage',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: { channel: 'C1' },
    later: { thread_ts: '17.5' },
  },
  {
    kind: 'teams',
    config: () => ({ webhook: HOOK }),
    path: `/hook/${TOKEN}`,
    body: {
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            version: '1.4',
            body: [{ type: 'TextBlock', color: 'attention', text: expect.stringContaining('\\*web\\*') }, {}],
          },
        },
      ],
    },
  },
  {
    kind: 'discord',
    config: () => ({ webhook: HOOK }),
    path: `/hook/${TOKEN}`,
    body: { allowed_mentions: { parse: [] }, embeds: [{ title: TOLD.line, color: 0xc53030 }] },
  },
  {
    kind: 'ntfy',
    config: () => ({ server: receiver.url, topic: 'news', token: SECRET }),
    path: '/',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: { topic: 'news', priority: 5, message: 'Seen at 07:30' },
    later: { priority: 2 },
  },
  {
    kind: 'gotify',
    config: () => ({ server: `${receiver.url}/`, token: SECRET }),
    path: '/message',
    headers: { 'x-gotify-key': TOKEN },
    body: { title: TOLD.line, priority: 8 },
    later: { priority: 1 },
  },
  {
    kind: 'telegram',
    config: () => ({ token: SECRET, chat: '-100123', api: receiver.url }),
    answer: { ok: true, result: { message_id: 41 } },
    receipt: '41',
    path: `/bot${TOKEN}/sendMessage`,
    body: { chat_id: '-100123', text: `${TOLD.line}\n\nSeen at 07:30` },
    later: { reply_parameters: { message_id: 41 }, disable_notification: true },
  },
  {
    kind: 'pushover',
    config: () => ({ token: SECRET, user: SECRET, api: receiver.url }),
    path: '/1/messages.json',
    body: { token: TOKEN, user: TOKEN, priority: 1, timestamp: AT / 1000 },
    later: { priority: -1 },
  },
  {
    kind: 'pagerduty',
    config: () => ({ key: SECRET, api: receiver.url }),
    path: '/v2/enqueue',
    body: {
      routing_key: TOKEN,
      event_action: 'trigger',
      dedup_key: 'i_1',
      payload: { summary: TOLD.line, source: '10.0.0.5', severity: 'critical' },
    },
    later: { event_action: 'resolve', dedup_key: 'i_1' },
  },
  {
    kind: 'matrix',
    config: () => ({ server: receiver.url, room: '!r:example.net', token: SECRET }),
    answer: { event_id: '$7' },
    receipt: '$7',
    path: '/_matrix/client/v3/rooms/!r%3Aexample.net/send/m.room.message/d_1',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: { msgtype: 'm.text' },
    later: { 'm.relates_to': { rel_type: 'm.thread', event_id: '$7' } },
  },
  {
    kind: 'apprise',
    config: () => ({ server: receiver.url, key: SECRET, tag: 'ops' }),
    path: `/notify/${TOKEN}`,
    body: { title: TOLD.line, type: 'failure', format: 'text', tag: 'ops' },
    later: { type: 'success' },
  },
];

describe.each(CASES)(
  '$kind',
  ({ kind, config, answer, receipt, path, headers = {}, body: wanted, later }) => {
    it('is told as its service documents it, and once more of what became of it', async () => {
      if (answer !== undefined) receiver.answer(200, JSON.stringify(answer));
      expect((await hand(kind, config())).receipt).toBe(receipt);
      const [first] = receiver.taken;
      expect(first?.path).toBe(path);
      expect(first?.headers).toMatchObject({ 'content-type': 'application/json', ...headers });
      expect(body(first)).toMatchObject(wanted);
      await hand(kind, config(), {
        ...OVER,
        root: { uid: 'd_1', ...(receipt === undefined ? {} : { receipt }) },
      });
      expect(body(receiver.taken[1])).toMatchObject(later ?? {});
    });

    it('says that its secret is refused, and never which it is', async () => {
      receiver.answer(401, `{"error":"bad token ${TOKEN}"}`);
      const refused = await hand(kind, config()).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        message: expect.stringMatching(/refuses our secret \(401\).*\[hidden\]/),
      });
      expect(String(refused)).not.toContain(TOKEN);
    });
  },
);

it('knows every kind by an example that it takes itself', () => {
  for (const { kind, config, example } of CHANNEL_KINDS)
    expect(config.safeParse(example).error?.message, kind).toBeUndefined();
});

it('says what a service that always answers 200 does not take', async () => {
  receiver.answer(200, '{"ok":false,"error":"channel_not_found"}');
  await expect(hand('slack', { token: SECRET, channel: 'C1', api: receiver.url })).rejects.toThrow(
    'Slack does not take the message: channel_not_found.',
  );
});

it('signs webhooks so that the library of the standard takes them, as CloudEvents too', async () => {
  const config = { url: `${receiver.url}/in`, secret: 'env:PORTOLAN_ALERT_KEY' };
  await hand('webhook', config);
  await hand('webhook', { ...config, format: 'cloudevents' });
  const hook = new Webhook(`whsec_${Buffer.from(TOKEN.repeat(2)).toString('base64')}`);
  const [plain, cloud] = receiver.taken.map(({ body: text, headers }) =>
    hook.verify(text, headers as Record<string, string>),
  );
  expect(plain).toMatchObject({ type: 'incident.opened', data: { incident: 'i_1' } });
  expect(cloud).toMatchObject({
    ...{ specversion: '1.0', id: 'd_1', source: '/portolan/there', type: 'net.portolan.incident.opened' },
    subject: 'i_1',
  });
  expect(receiver.taken[1]?.headers['content-type']).toBe('application/cloudevents+json');
});

it('takes a private authority that the channel names, and no other', async () => {
  const pem = makeCertificates(folder);
  const safe = await startReceiver(pem);
  try {
    await hand('webhook', { url: safe.url, ca: pem.caFile });
    expect(safe.taken).toHaveLength(1);
    await expect(hand('webhook', { url: safe.url })).rejects.toThrow(/signed by nobody this machine trusts/);
  } finally {
    await safe.close();
  }
});

it('follows no redirect', async () => {
  receiver.answer(302, '', { location: `${receiver.url}/elsewhere` });
  await expect(hand('webhook', { url: receiver.url })).rejects.toThrow(
    /a redirect \(302\), which is not followed/,
  );
  expect(receiver.refused).toHaveLength(1);
});

it.each([
  ['http://169.254.169.254/latest', 'not public (link local)'],
  ['https://10.0.0.1/', 'not public (private)'],
  ['https://[::ffff:10.0.0.1]/', 'stands for 10.0.0.1'],
  ['https://[::1]/', 'not public (loopback)'],
  ['https://0x7f000001/', /not public|is not known/],
])('sends nothing to %s', async (url, why) => {
  const closed = { ...surroundings(folder), allowedNetworks: () => [] };
  await expect(send({ name: 'there', kind: 'webhook', config: { url } }, OPENED, closed)).rejects.toThrow(
    why,
  );
});

it('sends nothing to a name with an address that it may not reach', async () => {
  const closed = { ...surroundings(folder), allowedNetworks: () => [] };
  const config = { url: receiver.url.replace('127.0.0.1', 'localhost') };
  await expect(send({ name: 'there', kind: 'webhook', config }, OPENED, closed)).rejects.toThrow(
    /localhost has the address .* not public \(loopback\)/,
  );
  expect(receiver.taken).toEqual([]);
});
