import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { LabHost } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';
import { command } from './network.ts';

async function withLab<T>(hosts: readonly LabHost[], use: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await startLab(hosts);
  try {
    return await use(lab);
  } finally {
    await lab.stop();
  }
}

const namespaces = () =>
  command('ip', ['netns', 'list'])
    .split('\n')
    .flatMap((line) => line.split(' ')[0] || []);

test('sixty hosts with delay, loss and policed SYNs answer', async () => {
  const hosts = Array.from(
    { length: 60 },
    (_, index): LabHost => ({
      address: `10.9.1.${index + 1}`,
      tcp: { 22: 'ssh' },
      delayMs: 5,
      lossPercent: 1,
      synsPerSecond: 200,
    }),
  );
  const found = await withLab(hosts, async (lab) => {
    const look = async () => {
      const { stdout } = await lab.run(['nmap', '-n', '-p', '22', '-oG', '-', '10.9.1.0/26']);
      return [...stdout.matchAll(/^Host: (\S+) .*22\/open/gm)].map((match) => match[1]);
    };
    // Two looks: with one answer in a hundred lost, one alone may miss a host.
    return new Set([...(await look()), ...(await look())]);
  });
  expect([...found].sort()).toEqual(hosts.map((host) => host.address).sort());
});

test('a rejecting host says so, and a delay is one', async () => {
  const hosts: LabHost[] = [
    { address: '10.9.2.1', tcp: { 22: 'ssh' }, firewall: 'reject' },
    { address: '10.9.2.2', delayMs: 200 },
    { address: 'fd00:9::2:1', tcp: { 80: 'http' }, firewall: 'drop' },
  ];
  await withLab(hosts, async (lab) => {
    const { stdout } = await lab.run(['nmap', '-n', '--reason', '-p', '22,23', '10.9.2.1']);
    expect(stdout).toMatch(/22\/tcp open +ssh +syn-ack/);
    expect(stdout).toMatch(/23\/tcp filtered +telnet +admin-prohibited/);
    const slow = await lab.run(['nmap', '-n', '-p', '22', '-oX', '-', '10.9.2.2']);
    // Microseconds. A lower bound only: the delay is the kernel's, whatever else this machine does.
    expect(Number(/srtt="(\d+)"/.exec(slow.stdout)?.[1])).toBeGreaterThanOrEqual(200_000);
    const ipv6 = await lab.run(['nmap', '-6', '-n', '-p', '80,81', 'fd00:9::2:1']);
    expect(ipv6.stdout).toMatch(/80\/tcp open/);
    expect(ipv6.stdout).toMatch(/81\/tcp filtered/);
  });
});

test('what a killed run left behind is removed by the next', async () => {
  const script = `
    const { startLab } = await import(${JSON.stringify(new URL('lab.ts', import.meta.url).href)});
    await startLab([{ address: '10.9.3.1', tcp: { 22: 'ssh' } }]);
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const ours = () => namespaces().filter((name) => name.startsWith(`portolan-lab-${child.pid}-`));
  expect(ours()).toHaveLength(2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await withLab([], async () => expect(ours()).toEqual([]));
  expect(namespaces().filter((name) => name.startsWith(`portolan-lab-${process.pid}-`))).toEqual([]);
});
