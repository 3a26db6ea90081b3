/** The configuration file of a running server is changed, through the real command on both transports. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERAS, type Home, makeHome, type Portolan, startHttp, startStdio } from './portolan.ts';

let home: Home;
let file: string;
let log: string;
beforeAll(() => {
  home = makeHome();
  mkdirSync(join(home.folder, '.config', 'portolan'), { recursive: true });
  file = join(home.folder, '.config', 'portolan', 'portolan.yaml');
  log = join(home.folder, 'portolan.log');
});
afterAll(() => home.remove());

const configure = (text: string) => writeFileSync(file, `logging:\n  file: ${log}\n  format: json\n${text}`);
const logged = () => readFileSync(log, { encoding: 'utf8', flag: 'a+' });

/** Until it holds; a reload has no answer of its own to wait for. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error(`it never came true. The log:\n${logged()}`);
}

describe.each(
  ERAS.flatMap((era) => [
    { era, start: startStdio },
    { era, start: startHttp },
  ]),
)('$start.name in the era $era', ({ era, start }) => {
  let portolan: Portolan;
  beforeAll(async () => {
    configure('');
    portolan = await start(home, era);
  });
  afterAll(() => portolan.close());
  const plan = async (target: string) => await portolan.call('plan_scan', { target });
  const names = async () => (await portolan.client.listTools()).tools.map(({ name }) => name);

  it('another scope counts without a restart, and so does taking it back', async () => {
    expect((await plan('203.0.113.9')).text).toContain('out_of_scope');
    configure('security:\n  allowedNetworks: [203.0.113.0/28]\n');
    await until(async () => !(await plan('203.0.113.9')).text.includes('out_of_scope'));
    expect((await plan('203.0.113.99')).text).toContain('out_of_scope');
    configure('');
    await until(async () => (await plan('203.0.113.9')).text.includes('out_of_scope'));
  });

  it('an invalid one is refused and logged, and the old one stays', async () => {
    configure('security:\n  allowedNetworks: [203.0.113.0/28]\n');
    await until(async () => !(await plan('203.0.113.9')).text.includes('out_of_scope'));
    const before = logged().length;
    configure('security:\n  allowedNetworks: [203.0.113.0/28]\n  maxAddresses: lots\n');
    await until(() => logged().slice(before).includes('configuration refused'));
    expect(logged().slice(before)).toContain('security.maxAddresses');
    expect((await plan('203.0.113.9')).text).not.toContain('out_of_scope');
    configure('tools:\n  include: [no_such_tool]\n');
    await until(() => logged().slice(before).includes('no_such_tool'));
    expect((await plan('203.0.113.9')).text).not.toContain('out_of_scope');
    expect(await names()).toContain('full_scan');
  });

  it('other tools are offered at once', async () => {
    configure('tools:\n  exclude: [full_scan]\n  toolsets: [scan, command]\n');
    await until(async () => !(await names()).includes('full_scan'));
    expect(await names()).toContain('PingTool');
    expect(await names()).not.toContain('list_tasks');
    expect((await portolan.call('PingTool', { target: '127.0.0.1', extra_args: '-c 1' })).isError).toBe(
      false,
    );
    await expect(portolan.call('full_scan', { target: '127.0.0.1' })).rejects.toThrow(/tool_not_found/);
    configure('');
    await until(async () => (await names()).includes('full_scan'));
    expect(await names()).not.toContain('PingTool');
  });

  it('what counts at the start alone is said so', async () => {
    const before = logged().length;
    configure('server:\n  path: /elsewhere\n');
    await until(() => logged().slice(before).includes('count from the next start on'));
    expect(logged().slice(before)).toContain('server.path');
  });
});

it('a client is told that the tools have changed', async () => {
  configure('');
  const portolan = await startStdio(home, '2025-11-25');
  const told = new Promise<void>((resolve) => {
    portolan.client.setNotificationHandler('notifications/tools/list_changed', () => resolve());
  });
  configure('tools:\n  exclude: [full_scan]\n');
  await told;
  expect((await portolan.client.listTools()).tools.map(({ name }) => name)).not.toContain('full_scan');
  await portolan.close();
});

it('a server that was started open cannot be given a token while it runs; SIGHUP reads the file too', async () => {
  configure('');
  const portolan = await startHttp(home);
  const before = logged().length;
  configure('server:\n  token: a-secret-of-twenty-letters\n');
  await until(() => logged().slice(before).includes('configuration refused'));
  expect(logged()).not.toContain('a-secret-of-twenty-letters');
  const again = logged().length;
  process.kill(portolan.pid, 'SIGHUP');
  await until(() => logged().slice(again).includes('configuration refused'));
  await portolan.close();
});
