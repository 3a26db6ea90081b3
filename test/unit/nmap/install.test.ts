import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '../../../src/nmap/machine/diagnose.ts';
import { createNmapFinder, findNmap, installCommand } from '../../../src/nmap/machine/install.ts';
import { privilegesOf, scanTypes } from '../../../src/nmap/machine/privileges.ts';
import { isBridged, wslVersion } from '../../../src/nmap/machine/surroundings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-install-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that answers --version with these words. */
async function fake(name: string, words: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho '${words}'\n`);
  await chmod(path, 0o755);
  return path;
}

test('the installed nmap is found with its version and data files', async () => {
  const nmap = await findNmap();
  expect(nmap).toEqual({
    path: expect.stringMatching(/\/nmap$/),
    version: expect.stringMatching(/^\d+\.\d+/),
    dataDirectory: expect.stringMatching(/\/nmap$/),
  });
});

test('a missing nmap says so, with the command that installs it', async () => {
  await expect(findNmap('no-such-nmap')).rejects.toMatchObject({
    code: 'nmap_not_found',
    message: 'nmap: command not found (scans.nmapPath is no-such-nmap)',
    next: `Install it: ${await installCommand()}`,
  });
});

test('an nmap that is too old, or none at all, is refused', async () => {
  const old = await fake('old-nmap', 'Nmap version 7.70 ( https://nmap.org )');
  await expect(findNmap(old)).rejects.toMatchObject({ code: 'nmap_too_old', limit: 'nmap 7.80 or newer' });
  const other = await fake('other', 'Hello');
  await expect(findNmap(other)).rejects.toMatchObject({ code: 'nmap_not_found' });
});

test('a missing nmap is looked for again, a found one is remembered until it vanishes', async () => {
  const path = join(folder, 'later-nmap');
  const find = createNmapFinder(() => path);
  await expect(find()).rejects.toMatchObject({ code: 'nmap_not_found' });
  await fake('later-nmap', 'Nmap version 7.95 ( https://nmap.org )');
  const found = await find();
  expect(found.version).toBe('7.95');
  expect(await find()).toBe(found);
  await rm(path);
  await expect(find()).rejects.toMatchObject({ code: 'nmap_not_found' });
});

test('privileges decide which scan types work', async () => {
  const privileges = await privilegesOf(await findNmap());
  expect(scanTypes(privileges).needsRaw.length > 0).toBe(!privileges.raw);
  expect(scanTypes({ raw: false, how: 'unprivileged', detail: '' }).works.join()).not.toContain('-sS');
});

test('the doctor finds nmap, and says what mends a missing one', async () => {
  const findings = await diagnose();
  expect(findings.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['nmap', 'scripts', 'privileges', 'scan types']),
  );
  expect(findings[0]).toMatchObject({ name: 'nmap', ok: true });
  const missing = await diagnose({ nmapPath: join(folder, 'nothing') });
  expect(missing[0]).toMatchObject({ name: 'nmap', ok: false, fix: `Install it: ${await installCommand()}` });
  for (const finding of [...findings, ...missing]) {
    if (!finding.ok) expect(finding.fix).toBeTruthy();
  }
});

test('the doctor finds the programs of command tools, and says which package one comes in', async () => {
  const programs = [
    { tool: 'PingTool', name: 'ping', package: 'iputils-ping' },
    { tool: 'OwnTool', name: 'no-such-program', package: 'own' },
  ];
  for (const nmapPath of [undefined, join(folder, 'nothing')]) {
    const findings = await diagnose({ ...(nmapPath ? { nmapPath } : {}), programs });
    expect(findings).toContainEqual(expect.objectContaining({ name: 'ping', ok: true }));
    expect(findings).toContainEqual({
      name: 'no-such-program',
      ok: false,
      detail: 'is missing: OwnTool cannot run',
      fix: 'install the package own',
    });
  }
});

test('WSL and translated networks are recognised', () => {
  expect(wslVersion('Linux version 5.15.90.1-microsoft-standard-WSL2 (gcc)')).toBe(2);
  expect(wslVersion('Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)')).toBe(1);
  expect(wslVersion('Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)')).toBeUndefined();
  const route = (gateway: string) =>
    `Iface\tDestination\tGateway\tFlags\neth0\t000011AC\t00000000\t0001\neth0\t00000000\t${gateway}\t0003\n`;
  expect(isBridged(route('010011AC'))).toBe(true); // 172.17.0.1
  expect(isBridged(route('0100580A'))).toBe(true); // 10.88.0.1
  expect(isBridged(route('0101A8C0'))).toBe(false); // 192.168.1.1
  expect(isBridged('')).toBe(false);
});
