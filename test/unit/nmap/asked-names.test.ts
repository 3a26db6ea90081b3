import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { readRun } from '../../../src/nmap/recovery/replay.ts';
import { keepNames } from '../../../src/nmap/run/asked-names.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'names-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function hostsLeft(): Promise<HostResult[]> {
  const hosts: HostResult[] = [];
  await readRun(folder, { host: (host) => hosts.push(host) });
  return hosts;
}

const REPORT = `<nmaprun scanner="nmap"><host><status state="up"/><address addr="10.0.0.5" addrtype="ipv4"/>
<hostnames><hostname name="own.example" type="PTR"/></hostnames></host>
<host><status state="up"/><address addr="FD00::5" addrtype="ipv6"/></host>
<host><status state="up"/><address addr="10.0.0.6" addrtype="ipv4"/></host></nmaprun>`;

test('what a crash left has the names that were asked for, before those of the host itself', async () => {
  await keepNames(folder, [
    { name: 'a.lab', addresses: ['10.0.0.5', 'fd00::5'] },
    { name: 'b.lab', addresses: ['10.0.0.5'] },
  ]);
  writeFileSync(join(folder, 'scan.xml'), REPORT);
  expect(
    (await hostsLeft()).map(({ hostnames }) => hostnames?.map(({ name, type }) => `${name} ${type}`)),
  ).toEqual([['a.lab user', 'b.lab user', 'own.example PTR'], ['a.lab user'], undefined]);
});

test('names that cannot be read cost no host', async () => {
  writeFileSync(join(folder, 'names.json'), '[{"name": 1}');
  writeFileSync(join(folder, 'scan.xml'), REPORT);
  expect(await hostsLeft()).toHaveLength(3);
});
