/**
 * Pictures of every page of the dashboard for docs/ (`npm run docs:screenshots`): a real server, real scans of the loopback
 * network, a capture of a scan that it made itself, a real browser.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDashboard } from '../test/e2e/dashboard/browser.ts';
import { freePorts, listen } from '../test/e2e/listeners.ts';
import { makeHome } from '../test/e2e/portolan.ts';

const FOLDER = join(import.meta.dirname, '../docs/images');
const HOSTS = '127.0.40.1-20';
const PAGES = {
  overview: '/',
  changes: '/changes',
  assets: '/assets',
  asset: '/assets/127.0.40.7',
  services: '/services',
  networks: '/networks?network=127.0.40.0/24',
  scans: '/scans',
  'new-scan': '/scans/new?target=127.0.40.0/28',
  schedules: '/schedules',
  captures: '/captures?path=office.pcap',
  expectations: '/expectations',
  alerts: '/alerts',
  data: '/data',
  system: '/system',
} as const;

mkdirSync(FOLDER, { recursive: true });
const files = makeHome();
const dashboard = await startDashboard([
  `captures.allowedDir=${files.folder}`,
  'inventory.recheckSeconds=1',
  'rateLimit.scansPerMinute=0',
]);
const port = await freePorts(3);
const steady = await listen('127.0.40.7', port, 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n');
try {
  const scans: string[] = [];
  const scan = async () => {
    const { task_id: id } = await dashboard.call('custom_scan', {
      command: `-sT -Pn -n -sV -p 22,80,${port}-${port + 2} ${HOSTS}`,
      timeout: 100,
    });
    scans.push(String(id));
    await delay(2500);
  };
  await scan();
  const fresh = await Promise.all([
    listen('127.0.40.7', port + 1, 'HTTP/1.0 200 OK\r\nServer: nginx/1.22.1\r\n\r\n'),
    listen('127.0.40.12', port, '220 mail.example.org ESMTP Postfix\r\n'),
  ]);
  await capture(scan);
  await scan();
  await dashboard.call('set_schedule', {
    action: 'add',
    name: 'nightly',
    command: `-sT -Pn -n -p 22,80 ${HOSTS}`,
    when: '0 2 * * *',
  });
  await dashboard.call('set_expectations', {
    add: [{ hosts: 'net:127.0.40.0/24', ports: '22', reason: 'servers', effect: 'allow' }],
  });
  const page = await dashboard.person({ viewport: { width: 1280, height: 800 } });
  const [first, , last] = scans;
  const ofScans = { scan: `/scans/${last}`, compare: `/scans/compare?a=${first}&b=${last}` };
  for (const [name, path] of Object.entries({ ...PAGES, ...ofScans })) {
    await page.goto(`${dashboard.origin}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await delay(1500);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  }
  for (const one of fresh) await one.close();
} finally {
  await steady.close();
  await dashboard.close();
  files.remove();
}

/** Writes what goes over the loopback network meanwhile. */
async function capture(meanwhile: () => Promise<void>): Promise<void> {
  const path = join(files.folder, 'office.pcap');
  const tcpdump: ChildProcess = spawn('tcpdump', ['-i', 'lo', '-U', '-w', path, 'net 127.0.40.0/24'], {
    stdio: 'ignore',
  });
  await delay(800);
  await meanwhile();
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'exit');
  execFileSync('chmod', ['a+r', path]);
}
