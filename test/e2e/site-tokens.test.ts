/** A token that is bound to a site sees, decides and keeps nothing of another one, whatever door it takes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  runPortolan,
  terminate,
} from './portolan.ts';

let home: Home;
let server: ChildProcess;
let origin: string;
const tokens: Record<string, string> = {};
/** Ids of the host and of the change of each site. */
const ids: Record<string, { asset: string; change: string }> = {};

/** The host of a site, first with one port, then with two. */
function report(address: string, ports: readonly number[], day: number): string {
  const time = Date.UTC(2026, 9, day) / 1000;
  const each = (port: number) =>
    `<port protocol="tcp" portid="${port}"><state state="${ports.includes(port) ? 'open' : 'closed'}" reason="${ports.includes(port) ? 'syn-ack' : 'reset'}"/></port>`;
  return `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sS -p 22,8080,8443 ${address}" start="${time}" version="7.93">
<scaninfo type="syn" protocol="tcp" numservices="3" services="22,8080,8443"/>
<host starttime="${time}" endtime="${time + 5}"><status state="up" reason="echo-reply"/>
<address addr="${address}" addrtype="ipv4"/><ports>${[22, 8080, 8443].map(each).join('')}</ports></host>
<runstats><finished time="${time + 6}" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`;
}

const HOSTS = [
  ['default', '10.20.0.1'],
  ['branch', '10.30.0.1'],
] as const;

/** Hands a report in through the server, so that its events are those of the server. */
async function hand(who: string, [site, address]: (typeof HOSTS)[number], ports: number[], day: number) {
  const path = join(home.folder, `${site}-${day}.xml`);
  writeFileSync(path, report(address, ports, day));
  return await call(who, 'import_inventory', { path, site, preview: false });
}

beforeAll(async () => {
  home = makeHome();
  for (const [name, more] of [
    ['all', []],
    ['bound', ['--sites', 'branch']],
  ] as const) {
    const made = await runPortolan(home, [
      ...['token', 'create', name, '--db', home.database],
      ...['--scopes', 'scan:read,capture:read,inventory:read,inventory:write,inventory:approve'],
      ...more,
    ]);
    tokens[name] = /portolan_[\w-]+/.exec(made.stdout)?.[0] ?? '';
  }
  server = spawn(
    process.execPath,
    mainArguments(
      home,
      'serve',
      '--port',
      '0',
      '--set',
      'captures.allowPrivate=true',
      '--set',
      `captures.allowedDir=${home.folder}`,
    ),
    { env: cleanEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  origin = await originOf(server);
  for (const host of HOSTS) {
    const [site, address] = host;
    await hand('all', host, [22], 1);
    await hand('all', host, [22, 8080], 2);
    const { asset } = await json('all', `/assets/${address}`);
    const { changes } = await json('all', `/changes?since=2026-01-01&query=net:${address}`);
    ids[site] = { asset: asset.asset_id, change: changes[0].change_id };
  }
});
afterAll(async () => {
  if (server) await terminate(server);
  home.remove();
});

const get = (who: string, path: string, init: RequestInit = {}) =>
  fetch(`${origin}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${tokens[who]}`, ...init.headers },
  });
const json = async (who: string, path: string) => JSON.parse(await (await get(who, path)).text());
const call = async (who: string, tool: string, args: object) =>
  await (
    await get(who, `/tools/${tool}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args),
    })
  ).text();

const FOREIGN = /10\.20\.0|"default"/;

describe('a token of one site', () => {
  it('is told only of it, and the other of both', async () => {
    expect(await json('all', '/assets')).toMatchObject({ total: 2 });
    const own = await (await get('bound', '/assets')).text();
    expect(JSON.parse(own)).toMatchObject({ total: 1, assets: [{ site: 'branch' }] });
    expect(own).not.toMatch(FOREIGN);
  });

  it.each([
    '/changes?since=2026-01-01',
    '/inventory/export/csv',
    '/inventory/export/json',
    '/assets?query=net:10.20.0.0/16 or port:22',
  ])('reads nothing of another one from %s', async (path) => {
    expect(await (await get('all', path)).text()).toMatch(/10\.20\.0\.1/);
    const own = await (await get('bound', path)).text();
    expect(own).toMatch(/10\.30\.0\.1/);
    expect(own).not.toMatch(FOREIGN);
  });

  it.each([
    ['count_assets', { by: ['net'], services: true }],
    ['asset_history', { asset: '10.20.0.1' }],
    ['show_coverage', { network: '10.0.0.0/8' }],
  ])('is told nothing of another one by %s', async (tool, args) => {
    expect(await call('all', tool, args)).toMatch(tool === 'asset_history' ? /"asset_id"/ : /10\.20\.0\./);
    expect(await call('bound', tool, args)).not.toMatch(/[:,[ ]"10\.20\.0\.|"asset_id"|"default"|"hosts":2/);
  });

  it.each(['find_assets', 'show_coverage', 'list_expectations', 'export_inventory'])(
    'is refused %s of a site that it names',
    async (tool) => {
      const given = tool === 'export_inventory' ? { format: 'csv', site: 'default' } : { site: 'default' };
      expect(await call('bound', tool, given)).toMatch(/forbidden.*another one|No |0 |\[\]/s);
      expect(await call('bound', tool, given)).not.toMatch(/10\.20\.0/);
    },
  );

  it('finds no host of another one by address, id or name', async () => {
    expect((await get('bound', '/assets/10.20.0.1')).status).toBe(404);
    expect((await get('bound', `/assets/${ids['default']?.asset}`)).status).toBe(404);
    expect((await get('bound', `/assets/${ids['branch']?.asset}`)).status).toBe(200);
  });

  it('decides about no change of another one', async () => {
    const decision = (site: string) => ({
      changes: [ids[site]?.change],
      decision: 'accept',
      reason: 'known',
    });
    expect(await call('bound', 'accept_changes', decision('default'))).toContain('change_not_found');
    expect(await call('bound', 'accept_changes', decision('branch'))).toContain('accepted');
  });

  it('changes no host, says nothing expected and joins none there', async () => {
    const foreign = ids['default']?.asset;
    expect(await call('bound', 'edit_asset', { asset: foreign, name: 'mine' })).toContain('asset_not_found');
    const joined = { a: foreign, b: ids['branch']?.asset, decision: 'one_host', reason: 'x' };
    expect(await call('bound', 'join_assets', joined)).toMatch(/asset_not_found|invalid_argument/);
    const expected = { site: 'default', add: [{ hosts: 'net:10.20.0.0/16', ports: '22', reason: 'x' }] };
    expect(await call('bound', 'set_expectations', expected)).toContain('forbidden');
    const { added } = JSON.parse(await call('all', 'set_expectations', expected));
    await call('bound', 'set_expectations', { remove: [added[0].expectation_id] });
    expect(await call('all', 'list_expectations', { site: 'default' })).toContain('10.20.0.0/16');
  });

  it('is told nothing by what is known of an address', async () => {
    expect(await call('all', 'enrich_ip', { ip: '10.20.0.1' })).toContain(ids['default']?.asset);
    expect(await call('bound', 'enrich_ip', { ip: '10.20.0.1' })).not.toContain(ids['default']?.asset);
    expect(await call('bound', 'enrich_ip', { ip: '10.30.0.1' })).toContain(ids['branch']?.asset);
  });

  it('hears of its own events alone, and reads and follows its own pages alone', async () => {
    const abort = new AbortController();
    const heard = { all: '', bound: '' };
    const following = Object.keys(heard).map(async (who) => {
      const stream = await get(who, '/events', { signal: abort.signal });
      const decoder = new TextDecoder();
      for await (const bytes of stream.body ?? [])
        heard[who as keyof typeof heard] += decoder.decode(bytes, { stream: true });
    });
    const ended = Promise.all(following.map((one) => one.catch(() => {})));
    await delay(300);
    const client = new Client({ name: 'bound', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${tokens['bound']}` } },
      }),
    );
    const updated: string[] = [];
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void updated.push(params.uri),
    );
    await client.listen({ resourceSubscriptions: ['changes://branch/open', 'changes://default/open'] });
    for (const host of HOSTS) await hand('all', host, [22, 8443], 3);
    expect(await hand('bound', HOSTS[0], [22, 8080, 8443], 4)).toContain('forbidden');
    await expect.poll(() => updated, { timeout: 10_000 }).toContain('changes://branch/open');
    await expect.poll(() => heard.bound, { timeout: 10_000 }).toMatch(/10\.30\.0\.1/);
    const pages = ['inventory://branch/summary', 'changes://branch/open', 'coverage://branch'];
    for (const uri of pages) expect(JSON.stringify(await client.readResource({ uri }))).not.toMatch(FOREIGN);
    for (const uri of ['inventory://default/summary', `asset://${ids['default']?.asset}`])
      await expect(client.readResource({ uri })).rejects.toThrow();
    expect(JSON.stringify(await client.readResource({ uri: 'changes://default/open' }))).not.toMatch(
      /10\.20/,
    );
    await client.close();
    abort.abort();
    await ended;
    expect(heard.all).toMatch(/10\.20\.0\.1/);
    expect(updated).not.toContain('changes://default/open');
    expect(heard.bound).not.toMatch(FOREIGN);
  });
});
