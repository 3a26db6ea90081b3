/**
 * The loop between scans and captures: a scan of ours and one of somebody else in real traffic, told apart, and what the
 * other learnt held against what we knew. Three calls answer what a morning asks, within a budget of tokens.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getEncoding } from 'js-tiktoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const HOST = '127.0.11.6';
const STRANGER = '127.0.66.6';
const PORTS = 16;
const MOST_TOKENS = 4000;

let port: number;
let home: Home;
let portolan: Portolan;
let folder: string;
let dump: ChildProcess;
let task = '';
const listeners: Listener[] = [];

beforeAll(async () => {
  port = await freePorts(PORTS);
  listeners.push(await listen(HOST, port, 'hello\r\n'));
  home = makeHome();
  folder = mkdtempSync(join(tmpdir(), 'portolan-loop-'));
  portolan = await startStdio(
    home,
    '2026-07-28',
    withSettings('rateLimit.scansPerMinute=0', `captures.allowedDir=${folder}`),
  );
  await scan();
  dump = spawn('tcpdump', ['-i', 'lo', '-U', '-w', join(folder, 'night.pcap'), 'host', HOST], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (dump.stderr) await once(dump.stderr, 'data');
  task = await scan();
  listeners.push(await listen(HOST, port + 1, 'hello\r\n'));
  execFileSync('nmap', ['-sS', '-Pn', '-n', '-e', 'lo', '-S', STRANGER, '-p', `${port}-${port + 15}`, HOST]);
  // The kernel hands packets to tcpdump some moments after they were on the wire.
  await delay(1500);
  dump.kill('SIGINT');
  await once(dump, 'exit');
});
afterAll(async () => {
  dump.kill('SIGKILL');
  await portolan.close();
  for (const one of listeners) await one.close();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function scan(): Promise<string> {
  const { structured } = await portolan.call('custom_scan', {
    command: `-sS -Pn -n -p ${port}-${port + PORTS - 1} ${HOST}`,
  });
  expect(structured).toMatchObject({ status: 'completed' });
  return String(structured['task_id']);
}

const until = (tool: string, args: Record<string, unknown>, sign: RegExp) =>
  untilSaid(portolan, tool, args, sign);

describe('a night with two scans in one capture', () => {
  it('is answered by three calls in few tokens: what is open, what changed, who scanned us and was it us', async () => {
    const suspects = await portolan.call('list_suspects', { path: 'night.pcap' });
    await until('what_changed', { since: '24h' }, /port\.opened/);
    const open = await portolan.call('find_assets', { query: `net:${HOST}` });
    const changed = await portolan.call('what_changed', { since: '24h' });

    expect(open.text).toContain(`${HOST}: ${port}`);
    expect(changed.text).toMatch(new RegExp(`port\\.opened: ${HOST} ${port + 1}/tcp`));
    expect(suspects.text).toMatch(new RegExp(`is our own scan, task ${task}`));
    expect(suspects.text).toContain(`${STRANGER} learnt 2 open ports of our hosts, 1 of them known to us:`);
    expect(suspects.text).toMatch(new RegExp(`${HOST} ${port + 1}/tcp: we said not open on \\d{4}-`));
    expect(suspects.text).toContain(`custom_scan with "-sS -Pn -n -p T:${port + 1} ${HOST}"`);

    const encoding = getEncoding('o200k_base');
    const tokens = [suspects, open, changed].map(({ text }) => encoding.encode(text).length);
    expect(tokens.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(MOST_TOKENS);
  });

  it('feeds the inventory with what answered, as seen in the capture, and with nothing that did not', async () => {
    const { text } = await portolan.call('get_asset', { asset: HOST });
    expect(text).toMatch(new RegExp(`${port + 1}/tcp open`));
    const { structured } = await portolan.call('what_changed', { since: '24h' });
    expect(structured['changes']).toMatchObject([
      { kind: 'port.opened', port: `${port + 1}/tcp`, before: 'not open', after: 'open' },
      { kind: 'baseline.recorded' },
    ]);
    // The stranger asked our host; that makes no host of it.
    expect((await portolan.call('find_assets', { query: `net:${STRANGER}` })).text).toContain('No host');
  });

  it('says the same when it is asked again, although it is remembered by now', async () => {
    const { structured } = await portolan.call('list_suspects', { path: 'night.pcap' });
    const suspects = structured['suspects'] as {
      ip: string;
      learnt?: { port: string; knowledge: string }[];
    }[];
    expect(suspects.find(({ ip }) => ip === STRANGER)?.learnt).toMatchObject([
      { port: `${port + 1}/tcp`, knowledge: 'contradicts', said: 'not open' },
      { port: `${port}/tcp`, knowledge: 'known' },
    ]);
  });

  it('is told at a shell too, with the command that looks at exactly that', async () => {
    const file = join(folder, 'night.pcap');
    const { status, stdout } = await runPortolan(home, [
      'verify',
      file,
      '--fail-on-news',
      '--db',
      home.database,
    ]);
    expect(stdout).toContain(`${HOST} ${port + 1}/tcp: we said not open on`);
    expect(stdout).toContain(`portolan scan --options "-sS -Pn -n -p T:${port + 1}" ${HOST}`);
    expect(status).toBe(3);
  });

  it('the rescan that it names confirms the port, and no more', async () => {
    const { structured } = await portolan.call('custom_scan', {
      command: `-sS -Pn -n -p T:${port + 1} ${HOST}`,
    });
    expect(structured).toMatchObject({ status: 'completed', result: { open_ports: 1 } });
    await until('get_asset', { asset: HOST }, new RegExp(`${port + 1}/tcp open.*from local`));
    const result = await until(
      'get_task_result',
      { task_id: String(structured['task_id']) },
      /since the look before/,
    );
    expect(result).toContain('Nothing changed since the look before.');
  });
});
