import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recoverOwn } from '../../../src/scans/recover.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
const REPORT = `<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap" start="1" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="1" services="22"/>
<host starttime="1" endtime="2"><status state="up" reason="user-set" reason_ttl="0"/>
<address addr="127.0.0.1" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="0"/></port></ports></host>
`;

let store: Store;
let runsFolder: string;
beforeEach(async () => {
  store = await openStore(':memory:');
  runsFolder = mkdtempSync(join(tmpdir(), 'portolan-own-'));
});
afterEach(async () => {
  await store.close();
  rmSync(runsFolder, { recursive: true, force: true });
});

async function claimed(id: string): Promise<void> {
  await store.tasks.insert(
    { id, owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] },
    'me',
    9,
  );
  await store.tasks.claim('me', 9, 2);
}

const look = (
  suspects: ReadonlyMap<string, number>,
  at: number,
  runs: (id: string) => boolean = () => false,
) => recoverOwn({ store, instanceId: 'me', runs, suspects, at, runsFolder, now: 3 });

it('takes up a running task of ours that nobody runs, with what its scanner had reported', async () => {
  await claimed('lost');
  mkdirSync(join(runsFolder, 'lost', '1'), { recursive: true });
  writeFileSync(join(runsFolder, 'lost', '1', 'scan.xml'), REPORT);
  const first = await look(new Map(), 100);
  expect([...first.suspects]).toEqual([['lost', 100]]);
  const second = await look(first.suspects, 14_000);
  expect([...second.suspects]).toEqual([['lost', 100]]);
  expect(await store.tasks.get('lost')).toMatchObject({ state: 'running' });

  expect(await look(second.suspects, 15_100)).toMatchObject({ requeued: 1, failed: 0 });
  expect(await store.tasks.get('lost')).toMatchObject({ state: 'pending', hostsDone: 1, openPorts: 1 });
  // What its nmap said of the whole scan is kept for the report.
  expect((await store.tasks.get('lost'))?.run).toEqual({
    started: 1,
    asked: [{ type: 'syn', protocol: 'tcp', count: 1, ports: '22' }],
  });
  expect(await store.hosts.finishedAddresses('lost')).toEqual(new Set(['127.0.0.1']));
});

it('leaves alone what runs here, what waits, and what it sees for the first time', async () => {
  await claimed('runs');
  await store.tasks.insert(
    { id: 'waits', owner: 'local', request, createdAt: 1, addressesTotal: 1, coverage: [] },
    'me',
    9,
  );
  const suspects = new Map([
    ['runs', 0],
    ['waits', 0],
  ]);
  expect(await look(suspects, 60_000, (id) => id === 'runs')).toMatchObject({ requeued: 0, failed: 0 });
  expect(await store.tasks.counts()).toEqual({ pending: 1, running: 1 });
});
