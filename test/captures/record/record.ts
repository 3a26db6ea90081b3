/**
 * Records the cases of cases.ts with real scanners in two network namespaces of its own, and writes
 * test/captures/cases/NAME/{capture.pcap,expected.json,ORIGIN.md}. Needs root, iproute2, tcpdump, nmap; masscan,
 * hping3 and fping for their cases. Nothing leaves the namespaces: they have no way out.
 *
 *   node test/captures/record/record.ts [NAME...]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CASES, type Case } from './cases.ts';

const HERE = import.meta.dirname;
const OUT = path.join(HERE, '..', 'cases');
const SCANNER = `ptl-scan-${process.pid}`;
const HOST = `ptl-host-${process.pid}`;
const SNAP = '128';

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
const inside = (space: string, ...args: string[]) => ip('netns', 'exec', space, ...args);

/** Two namespaces and the wire between them; gives the host's MAC address. */
function build(): string {
  for (const space of [SCANNER, HOST]) {
    ip('netns', 'add', space);
    inside(space, 'ip', 'link', 'set', 'lo', 'up');
  }
  ip('link', 'add', 'scan0', 'netns', SCANNER, 'type', 'veth', 'peer', 'name', 'host0', 'netns', HOST);
  inside(SCANNER, 'ip', 'addr', 'add', '10.77.0.66/24', 'dev', 'scan0');
  inside(SCANNER, 'ip', '-6', 'addr', 'add', 'fd77::66/64', 'dev', 'scan0', 'nodad');
  for (let i = 70; i < 76; i++) inside(SCANNER, 'ip', 'addr', 'add', `10.77.0.${i}/24`, 'dev', 'scan0');
  for (let i = 10; i <= 35; i++) inside(HOST, 'ip', 'addr', 'add', `10.77.0.${i}/24`, 'dev', 'host0');
  for (let i = 10; i <= 14; i++)
    inside(HOST, 'ip', '-6', 'addr', 'add', `fd77::${i}/64`, 'dev', 'host0', 'nodad');
  // Behind the host lies a network of which ten addresses answer.
  for (let i = 1; i <= 10; i++) inside(HOST, 'ip', 'addr', 'add', `10.77.1.${i * 3}/32`, 'dev', 'lo');
  inside(SCANNER, 'ip', 'link', 'set', 'scan0', 'up');
  inside(HOST, 'ip', 'link', 'set', 'host0', 'up');
  inside(SCANNER, 'ip', 'route', 'add', '10.77.1.0/24', 'via', '10.77.0.10');
  inside(HOST, 'ip', 'route', 'add', 'blackhole', '10.77.1.0/24');
  // Every closed UDP port answers at once instead of one a second.
  inside(HOST, 'sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv4.icmp_msgs_per_sec=10000');
  return inside(HOST, 'cat', '/sys/class/net/host0/address').trim();
}

async function record(one: Case, mac: string): Promise<void> {
  const folder = path.join(OUT, one.name);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'capture.pcap');
  const dump = spawn(
    'ip',
    [
      'netns',
      'exec',
      HOST,
      'tcpdump',
      '--immediate-mode',
      '-i',
      'host0',
      '-U',
      '-s',
      SNAP,
      '-w',
      file,
      '-Z',
      'root',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await once(dump.stderr, 'data');
  await sleep(300);
  const commands = one.commands.map((command) =>
    command.replaceAll('{node}', process.execPath).replaceAll('{here}', HERE).replaceAll('{mac}', mac),
  );
  for (const command of commands) {
    // Our own table, not input; a shell because masscan and nmap lines read best as people write them.
    const run = spawn('ip', ['netns', 'exec', SCANNER, 'timeout', '60', 'sh', '-c', command], {
      stdio: 'ignore',
    });
    await once(run, 'exit');
  }
  await sleep(500);
  dump.kill('SIGINT');
  await once(dump, 'exit');
  const { name, expected, about } = one;
  writeFileSync(path.join(folder, 'expected.json'), `${JSON.stringify({ suspects: expected }, null, 2)}\n`);
  writeFileSync(
    path.join(folder, 'ORIGIN.md'),
    [
      `# ${name}`,
      '',
      `${about[0]?.toUpperCase()}${about.slice(1)}.`,
      '',
      'Recorded by `test/captures/record/record.ts` on the wire between two network namespaces of its own',
      `(10.77.0.0/24, 10.77.1.0/24, fd77::/64), ${SNAP} bytes of each packet, with:`,
      '',
      ...one.commands.map((command) => `    ${command}`),
      '',
      `nmap ${version('nmap', '--version')}. Our own capture, under the licence of this repository.`,
      '',
    ].join('\n'),
  );
  console.log(`${name}: ${statSync(file).size} bytes`);
}

function version(command: string, flag: string): string {
  return /\d+\.\d+/.exec(execFileSync(command, [flag], { encoding: 'utf8' }))?.[0] ?? '?';
}

const wanted = process.argv.slice(2);
const server: { kill(): void }[] = [];
try {
  const mac = build();
  const services = spawn(
    'ip',
    ['netns', 'exec', HOST, process.execPath, path.join(HERE, 'clients.ts'), 'serve'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  server.push(services);
  await once(services.stdout, 'data');
  for (const one of CASES) if (wanted.length === 0 || wanted.includes(one.name)) await record(one, mac);
} finally {
  for (const one of server) one.kill();
  for (const space of [SCANNER, HOST]) ip('netns', 'del', space);
}
