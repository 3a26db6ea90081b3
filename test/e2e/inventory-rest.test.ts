/** The inventory over REST, of a real server and a real scan: pages, entity tags, exports, events. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import { type Home, makeHome, type Portolan, startHttp } from './portolan.ts';

const HOST = '127.0.11.7';
let port: number;
let home: Home;
let portolan: Portolan & { url: string };
let origin: string;
const listeners: Listener[] = [];

beforeAll(async () => {
  port = await freePorts(3);
  listeners.push(await listen(HOST, port, 'hello\r\n'));
  home = makeHome();
  portolan = await startHttp(home);
  ({ origin } = new URL(portolan.url));
  await scan();
  await untilKnown('/assets', /127\.0\.11\.7/);
});
afterAll(async () => {
  await portolan.close();
  for (const one of listeners) await one.close();
  home.remove();
});

const scan = async () =>
  expect(
    (await portolan.call('custom_scan', { command: `-sT -Pn -n -p ${port}-${port + 2} ${HOST}` })).structured,
  ).toMatchObject({ status: 'completed' });

async function untilKnown(path: string, sign: RegExp): Promise<string> {
  let text = '';
  for (let tries = 0; tries < 100; tries += 1) {
    text = await (await fetch(`${origin}${path}`)).text();
    if (sign.test(text)) return text;
    await delay(100);
  }
  throw new Error(`${path} never said ${sign}: ${text}`);
}

/** What JSON there is; the tests look into it. */
async function jsonOf(path: string) {
  const answer: { assets: { asset_id: string }[]; changes: object[] } & Record<string, unknown> = JSON.parse(
    await (await fetch(`${origin}${path}`)).text(),
  );
  return answer;
}

it('lists hosts by a query, page by page, and one of them whole', async () => {
  const found = await jsonOf(`/assets?query=port:${port}&limit=1`);
  expect(found).toMatchObject({ total: 1, assets: [{ address: HOST, open_ports: [`${port}/tcp`] }] });
  const one = await jsonOf(`/assets/${HOST}`);
  expect(one).toMatchObject({ asset: { asset_id: found.assets[0]?.asset_id } });
  const wrong = await fetch(`${origin}/assets?query=prot:22`);
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain('Did you mean port:');
  expect((await fetch(`${origin}/assets/192.0.2.77`)).status).toBe(404);
  expect((await fetch(`${origin}/assets?limit=many`)).status).toBe(400);
});

it('sends the same answer once: the entity tag stays until something changes', async () => {
  const first = await fetch(`${origin}/assets`);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^(W\/)?"/);
  const again = await fetch(`${origin}/assets`, { headers: { 'If-None-Match': tag } });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
});

it('exports what matches, and says what is wrong before it sends anything', async () => {
  const csv = await fetch(`${origin}/inventory/export/csv?query=net:${HOST}`);
  expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(await csv.text()).toContain(`,${HOST},`);
  expect((await fetch(`${origin}/inventory/export/csv?query=prot:1`)).status).toBe(400);
  expect((await fetch(`${origin}/inventory/export/pdf`)).status).toBe(400);
});

it('tells changes and incidents as they happen, and lists them', async () => {
  const abort = new AbortController();
  const stream = await fetch(`${origin}/events`, { signal: abort.signal });
  let heard = '';
  const listening = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of stream.body ?? []) heard += decoder.decode(bytes, { stream: true });
  })().catch(() => {});
  listeners.push(await listen(HOST, port + 1, 'hello\r\n'));
  await scan();
  await expect.poll(() => heard, { timeout: 10_000 }).toMatch(/event: incident\n/);
  abort.abort();
  await listening;
  const of = (kind: string) =>
    [...heard.matchAll(new RegExp(`^event: ${kind}\\ndata: (.*)$`, 'gm'))].map(([, data = '']) =>
      JSON.parse(data),
    );
  expect(of('change')).toMatchObject([{ kind: 'port.opened', address: HOST, port: `${port + 1}/tcp` }]);
  expect(of('incident')).toMatchObject([{ state: 'open', kind: 'port.opened' }]);
  const listed = await jsonOf('/changes?since=1h&min_severity=medium');
  expect(listed.changes).toMatchObject([{ kind: 'port.opened', change_id: of('change')[0].change_id }]);
});
