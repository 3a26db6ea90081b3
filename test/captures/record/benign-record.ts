/** Runs benign situations side by side and keeps what crossed the wire. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build, demolish, inside, type Net, name as named } from './benign-net.ts';
import type { Situation } from './benign-situation.ts';

const HERE = import.meta.dirname;
const SNAP = '128';
const TOGETHER = 24;

/** Ends by itself after `seconds`; the shell because people write such lines, and the table is our own. */
async function shell(space: string, line: string, seconds: number): Promise<void> {
  const run = spawn(
    'ip',
    ['netns', 'exec', space, 'timeout', '-k', '2', String(seconds), 'bash', '-c', line],
    {
      stdio: ['ignore', 'ignore', process.env.BENIGN_DEBUG === undefined ? 'ignore' : 'inherit'],
    },
  );
  await once(run, 'exit');
}

async function tap(situation: Situation, net: Net, file: string) {
  const { tap: side = 'near' } = situation;
  const space = net[side];
  // A router is tapped on all its interfaces and sees what it forwards twice.
  const link = side === 'router' ? 'any' : `${side}0`;
  // Neither reports of multicast listeners nor their own solicitations belong to the situation.
  const filter = situation.only ?? 'not (ip6 and (ip6[6] = 0 or ip6[40] = 133))';
  const words = [
    'netns',
    'exec',
    space,
    'tcpdump',
    '--immediate-mode',
    '-i',
    link,
    '-U',
    '-s',
    SNAP,
    '-w',
    file,
    '-Z',
    'root',
  ];
  const dump = spawn('ip', [...words, filter], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(dump.stderr, 'data');
  await sleep(500);
  return dump;
}

/** Records one situation into `file`. */
export async function record(situation: Situation, file: string, label: string): Promise<void> {
  const { name, commands, beyond = [], before = {}, services = [], begin = 0, takes = 60 } = situation;
  const work = mkdtempSync(path.join(tmpdir(), 'benign-'));
  const role = `${process.execPath} ${path.join(HERE, 'benign-clients.ts')}`;
  const fill = (line: string) =>
    line.replaceAll('{role}', role).replaceAll('{work}', work).replaceAll('{here}', HERE);
  const net = named(label);
  const started: { kill(): void }[] = [];
  try {
    build(net, situation, label);
    for (const line of before.far ?? []) inside(net.far, 'bash', '-c', fill(line));
    for (const line of before.router ?? []) inside(net.router, 'bash', '-c', fill(line));
    for (const line of before.near ?? []) inside(net.near, 'bash', '-c', fill(line));
    if (services.length > 0) {
      const list = path.join(work, 'services.json');
      writeFileSync(list, JSON.stringify(services));
      const servers = spawn(
        'ip',
        ['netns', 'exec', net.far, process.execPath, path.join(HERE, 'benign-world.ts'), list],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      started.push(servers);
      await once(servers.stdout, 'data');
    }
    await sleep(1500);
    const dumping = sleep(begin * 1000).then(() => tap(situation, net, file));
    if (begin === 0) await dumping;
    await Promise.all([
      ...commands.map((line) => shell(net.near, fill(line), takes)),
      ...beyond.map((line) => shell(net.far, fill(line), takes)),
    ]);
    await sleep(700);
    const dump = await dumping;
    dump.kill('SIGINT');
    await once(dump, 'exit');
  } finally {
    for (const one of started) one.kill();
    demolish(net);
    rmSync(work, { recursive: true });
  }
  console.log(`${name}: ${statSync(file).size} bytes`);
}

function origin(
  { name, about, innocent, commands, beyond = [], begin, only }: Situation,
  seconds: number,
): string {
  return [
    `# ${name}`,
    '',
    about,
    '',
    `Nobody scans: ${innocent}`,
    '',
    'Recorded by `test/captures/record/benign.ts` on the wire between two network namespaces of its own, the programs on',
    `one side and the rest of the world on the other, ${SNAP} bytes of each packet, with (\`{role}\` is \`benign-clients.ts\`):`,
    '',
    ...commands.map((line) => `    ${line}`),
    ...(beyond.length > 0 ? ['', 'and on the far side:', '', ...beyond.map((line) => `    ${line}`)] : []),
    ...(begin === undefined ? [] : ['', `The capture begins ${begin} seconds after the programs.`]),
    ...(only === undefined ? [] : ['', `The tap sees only \`${only}\`.`]),
    '',
    `It takes ${seconds} seconds. Our own capture, under the licence of this repository.`,
    '',
  ].join('\n');
}

/** Records each into a folder of its own, many at a time. */
export async function recordAll(situations: Situation[], out: string): Promise<void> {
  const queue = situations.entries();
  const work = async () => {
    for (const [n, situation] of queue) {
      const folder = path.join(out, situation.name);
      mkdirSync(folder, { recursive: true });
      const start = Date.now();
      try {
        await record(situation, path.join(folder, 'capture.pcap'), `bn${process.pid}-${n}`);
      } catch (error) {
        console.error(`${situation.name}: ${String(error)}`);
        process.exitCode = 1;
        continue;
      }
      writeFileSync(path.join(folder, 'expected.json'), `${JSON.stringify({ suspects: [] }, null, 2)}\n`);
      writeFileSync(
        path.join(folder, 'ORIGIN.md'),
        origin(situation, Math.round((Date.now() - start) / 1000)),
      );
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
}
