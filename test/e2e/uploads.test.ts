/** Captures that a browser hands in to the real server: who may, what becomes of them, and what the tools make of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openStore } from '../../src/store/open.ts';
import { START } from '../unit/captures-access/capture-session.ts';
import { pcap, synScan } from '../unit/captures-access/pcap-writer.ts';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  originOf,
  runPortolan,
  terminate,
} from './portolan.ts';

const MIB = 1024 * 1024;
const SCAN = pcap(
  synScan({
    scanner: '10.1.0.66',
    target: '10.1.0.10',
    ports: Array.from({ length: 40 }, (_, at) => at + 1),
    open: [22],
    start: START,
    pause: 0.01,
  }),
);
let home: Home;
let child: ChildProcess;
let origin: string;
/** Of a browser that came by `portolan open`. */
let session: Record<string, string>;

beforeAll(async () => {
  home = makeHome();
  await leaveOldThings();
  child = spawn(
    process.execPath,
    mainArguments(
      home,
      'serve',
      '--port',
      '0',
      '--set',
      'captures.maxUploadMb=100',
      '--set',
      'captures.maxUploadsMb=150',
    ),
    { env: cleanEnvironment(home), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  origin = await originOf(child);
  const link = await runPortolan(home, ['open', '--print', '--db', home.database]);
  const answer = await fetch(`${origin}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: /#code=([\w-]+)/.exec(link.stdout)?.[1] }),
  });
  const { csrf } = (await answer.json()) as { csrf: string };
  session = { cookie: String(answer.headers.get('set-cookie')?.split(';')[0]), 'x-portolan-csrf': csrf };
});
/** What a server of last week left: a capture, a log-in, and what is not old. */
async function leaveOldThings(): Promise<void> {
  mkdirSync(folder());
  const old = new Date(Date.now() - 8 * 86_400_000);
  for (const [name, at] of [
    ['old.pcap', old],
    ['fresh.pcap', new Date()],
  ] as const) {
    writeFileSync(join(folder(), name), SCAN);
    utimesSync(join(folder(), name), at, at);
  }
  const store = await openStore(home.database);
  for (const [hash, at] of [
    ['old', old.getTime()],
    ['fresh', Date.now()],
  ] as const)
    await store.sessions.open({ hash, owner: 'ann', sealed: '', createdAt: at, seenAt: at }, 9);
  await store.close();
}
afterAll(async () => {
  await terminate(child);
  home.remove();
});

/** What answers of every kind are looked into for. */
const Told = z.looseObject({
  path: z.string().optional(),
  error: z.looseObject({ code: z.string() }).optional(),
  suspects: z.array(z.unknown()).optional(),
  captures: z.array(z.unknown()).optional(),
});
const folder = () => join(home.folder, 'uploads');
const kept = () => (existsSync(folder()) ? readdirSync(folder()) : []);
async function upload(
  name: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = session,
  type = 'application/octet-stream',
) {
  const answer = await fetch(`${origin}/captures?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
  const told = Told.parse(await answer.json());
  return { status: answer.status, told, code: told.error?.code };
}
const call = async (tool: string, args: object) => {
  const answer = await fetch(`${origin}/tools/${tool}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...session },
    body: JSON.stringify(args),
  });
  return Told.parse(await answer.json());
};

it('what is old is gone soon after the start: uploads and log-ins', async () => {
  await expect.poll(kept, { timeout: 10_000 }).toEqual(['fresh.pcap']);
  rmSync(join(folder(), 'fresh.pcap'));
  const store = await openStore(home.database);
  const found = async (hash: string) => (await store.sessions.find(hash)) !== undefined;
  await expect.poll(() => found('old')).toBe(false);
  expect(await found('fresh')).toBe(true);
  await store.close();
});

it('takes them from who may alone, and from no other page', async () => {
  expect(await upload('a.pcap', SCAN, {})).toMatchObject({ status: 403, code: 'forbidden' });
  const { 'x-portolan-csrf': _, ...cookie } = session;
  expect(await upload('a.pcap', SCAN, cookie)).toMatchObject({ status: 403, code: 'forbidden' });
  expect((await upload('a.pcap', SCAN, { ...session, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])
    expect((await upload('a.pcap', SCAN, session, type)).status).toBe(415);
  expect(kept()).toEqual([]);
});

it('keeps one, lists it, and says who scanned in it', async () => {
  const { status, told } = await upload(
    '../office.pcap.gz',
    gzipSync(SCAN),
    session,
    'application/vnd.tcpdump.pcap',
  );
  expect([status, told]).toEqual([
    201,
    {
      path: 'upload:office.pcap.gz',
      size: gzipSync(SCAN).length,
      modified: expect.any(String),
      kind: 'upload',
    },
  ]);
  const listed = await fetch(`${origin}/captures?limit=10`, { headers: { cookie: session['cookie'] ?? '' } });
  expect(await listed.json()).toMatchObject({ ok: true, captures: [told], total: 1 });
  const found = await call('list_suspects', { path: told.path });
  expect(found.suspects).toMatchObject([{ ip: '10.1.0.66', distinct_ports: 40 }]);
  expect((await call('list_captures', {})).captures).toEqual([told]);
  await expect
    .poll(() =>
      readFileSync(join(home.folder, 'audit.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('upload_capture') && line.includes('"outcome":"ok"')),
    )
    .toEqual([expect.stringMatching(/office\.pcap\.gz.*"caller":"local"/)]);
});

it('refuses what is no capture, too large or too much, and keeps nothing of it', async () => {
  const before = kept();
  expect(await upload('a.pcap', '<script>alert(1)</script>'.repeat(100_000))).toMatchObject({
    status: 400,
    code: 'corrupt_capture',
  });
  expect(await upload('a.exe', SCAN)).toMatchObject({ status: 415, code: 'unsupported_file_type' });
  expect(await upload('', SCAN)).toMatchObject({ status: 415 });
  expect(await upload('a.pcap', Buffer.concat([SCAN], 101 * MIB))).toMatchObject({
    status: 413,
    code: 'file_too_large',
  });
  // Without a declared length.
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue(SCAN);
      for (let n = 0; n < 101; n += 1) controller.enqueue(Buffer.alloc(MIB));
      controller.close();
    },
  });
  expect(await upload('a.pcap', stream)).toMatchObject({ status: 413, code: 'file_too_large' });
  expect(kept()).toEqual(before);
});

it('has a large one on the disk and not in memory, and stops where the folder is full', async () => {
  const most = () =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
  const before = most();
  expect(await upload('large.pcap', Buffer.concat([SCAN], 90 * MIB))).toMatchObject({ status: 201 });
  expect(most() - before).toBeLessThan(60 * MIB);
  // On a machine that is busy the rest of a refused one may be cut off before its sender reads why: then it is asked again.
  const more = () => upload('more.pcap', Buffer.concat([SCAN], 80 * MIB)).catch(() => undefined);
  await expect.poll(more, { timeout: 60_000 }).toMatchObject({ status: 503, code: 'resource_exhausted' });
  expect(kept().sort()).toEqual(['large.pcap', 'office.pcap.gz']);
});

it('deletes one by hand, for who may hand in, and nothing else of that folder or another', async () => {
  writeFileSync(join(home.folder, 'portolan.log'), 'kept');
  writeFileSync(join(folder(), '.part-hidden'), 'kept');
  const remove = async (path: string, headers: Record<string, string> = session) => {
    const at = `${origin}/captures?path=${encodeURIComponent(path)}`;
    return (await fetch(at, { method: 'DELETE', headers })).status;
  };
  const { 'x-portolan-csrf': _, ...cookie } = session;
  expect(await remove('upload:large.pcap', cookie)).toBe(403);
  expect(await remove('upload:large.pcap', {})).toBe(403);
  for (const path of [
    'large.pcap',
    'upload:',
    'upload:../portolan.log',
    'upload:.part-hidden',
    'upload:no.pcap',
  ])
    expect([path, await remove(path)]).toEqual([path, 404]);
  expect(await remove('upload:large.pcap')).toBe(204);
  expect(kept().sort()).toEqual(['.part-hidden', 'office.pcap.gz']);
  expect(existsSync(join(home.folder, 'portolan.log'))).toBe(true);
  expect(await remove('upload:large.pcap')).toBe(404);
  rmSync(join(folder(), '.part-hidden'));
});

it('keeps nothing of one that is broken off', async () => {
  const { port, hostname } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const headers = Object.entries({
    host: `${hostname}:${port}`,
    ...session,
    'content-type': 'application/octet-stream',
    'content-length': '5000',
  });
  socket.write(
    `POST /captures?name=b.pcap HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`,
  );
  socket.write(SCAN.subarray(0, 1000));
  await expect.poll(() => kept().some((name) => name.startsWith('.part-'))).toBe(true);
  socket.destroy();
  await expect.poll(() => kept().sort()).toEqual(['office.pcap.gz']);
});
