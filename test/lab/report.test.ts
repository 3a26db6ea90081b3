/** The report as XML beside nmap's own of the same hosts, looked at by what others wrote: xmllint, ndiff, libnmap. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanEnvironment, type Home, mainArguments, makeHome } from '../e2e/portolan.ts';
import { factsOf } from '../unit/tools/xml-facts.ts';
import { LAB_HOSTS } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

const DTD = '/usr/share/nmap/nmap.dtd';
const IMPORTER = fileURLToPath(new URL('read-with-libnmap.py', import.meta.url));

let lab: Lab;
let home: Home;
beforeAll(async () => {
  lab = await startLab([LAB_HOSTS.open, LAB_HOSTS.closed, LAB_HOSTS.dropping, LAB_HOSTS.down]);
  home = makeHome();
});
afterAll(async () => {
  await lab.stop();
  home.remove();
});

async function portolan(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await lab.run([process.execPath, ...mainArguments(home, ...args)], {
    env: cleanEnvironment(home),
    timeoutMs: 110_000,
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

/** nmap's own report with these options, and Portolan's of the same asked of one of its tools. */
async function both(options: string, tool: string, ...args: string[]) {
  const own = join(home.folder, 'own.xml');
  const ours = join(home.folder, 'ours.xml');
  await lab.run(['nmap', '-v', '-oX', own, ...options.split(' ')]);
  const answer = await portolan('call', tool, ...args, 'timeout=100', '--json');
  const task: string = JSON.parse(answer).task_id;
  await portolan('report', task, '-o', ours);
  return { task, own, ours };
}
const custom = (options: string) => both(options, 'custom_scan', `command=${options}`);

/** Differs from one run to the next, or from one command line to the other. */
const ofThisRun = (path: string) =>
  /@(?:start|startstr|args|starttime|endtime|time|timestr|elapsed|summary|rtt|srtt|rttvar|to)$/.test(path) ||
  /\/(?:task\w+|hosthint)[/@]/.test(path);

function missing({ own, ours }: { own: string; ours: string }, more = (_: string) => false): string[] {
  const leaveOut = (path: string) => ofThisRun(path) || more(path);
  const kept = factsOf(readFileSync(ours, 'utf8'), leaveOut);
  return [...factsOf(readFileSync(own, 'utf8'), leaveOut)].filter((fact) => !kept.has(fact));
}

const valid = (file: string) =>
  execFileSync('xmllint', ['--noout', '--dtdvalid', DTD, file], { stdio: 'pipe' });

/** ndiff says nothing of hosts, ports, services and scripts that are the same; what is left names the runs. */
function differences({ own, ours }: { own: string; ours: string }): string[] {
  let text = '';
  try {
    text = execFileSync('ndiff', [own, ours], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    // Its exit status is 1 where it found differences.
    text = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    expect(text).not.toBe('');
  }
  return text.split('\n').filter((line) => /^[+-]/.test(line) && !/^[+-]Nmap /.test(line));
}

const imported = (file: string) =>
  JSON.parse(execFileSync('/usr/bin/python3', [IMPORTER, file], { encoding: 'utf8' }));

test('one nmap: traceroute, scripts and reasons stand in the report as nmap wrote them', async () => {
  const options = '-sS -sV -n --traceroute --script banner -p 22,80,81 10.9.0.10-12 10.9.0.14';
  const scan = await custom(options);
  valid(scan.ours);
  expect(missing(scan)).toEqual([]);
  expect(differences(scan)).toEqual([]);
  expect(imported(scan.ours)).toEqual(imported(scan.own));
  expect(readFileSync(scan.ours, 'utf8')).toMatch(/<trace><hop ttl="1" ipaddr="10\.9\.0\.10"/);
  expect(await portolan('report', scan.task)).toMatch(/Traceroute.*: 10\.9\.0\.10 \d+\.\d\d ms/);
});

test.each([
  ['full_scan', '-p 1-65535 -sV -T4 -n 10.9.0.10-11', 'target=10.9.0.10-11'],
  ['scan_network', '-p 1-200 -T4 -n 10.9.0.10-14', 'target=10.9.0.10-14', 'port_range=1-200'],
])('many in phases (%s): one document with what one nmap would have said', async (tool, options, ...args) => {
  const scan = await both(options, tool, ...args);
  valid(scan.ours);
  expect(missing(scan)).toEqual([]);
  expect(differences(scan)).toEqual([]);
  expect(imported(scan.ours)).toEqual(imported(scan.own));
});

test('a list of targets is told, and that nobody was asked', async () => {
  const scan = await custom('-sL -n 10.9.0.10-12');
  valid(scan.ours);
  expect(missing(scan)).toEqual([]);
  const { stdout: table } = { stdout: await portolan('scan', '10.9.0.10-12', '--options', '-sL -n') };
  expect(table).toMatch(/10\.9\.0\.10[\s\S]*10\.9\.0\.12/);
  expect(table).not.toMatch(/did not answer|No address answered|No host answered/);
  const text = await portolan('call', 'get_task_result', `task_id=${scan.task}`);
  expect(text).toMatch(/10\.9\.0\.11/);
  expect(text).not.toContain('No address answered');
});
