import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, LOCAL_CALLER } from '../../../src/core/caller.ts';
import { findNmap } from '../../../src/nmap/machine/install.ts';
import { DEFAULT_LIMITS } from '../../../src/nmap/machine/limits-and-leash.ts';
import { privilegesOf } from '../../../src/nmap/machine/privileges.ts';
import { createTargetPolicy } from '../../../src/policy/allowed-target.ts';
import { createPolicy } from '../../../src/policy/authorize.ts';
import { localFacts } from '../../../src/policy/facts.ts';
import { createCommandService } from '../../../src/scans/commands.ts';
import { NMAP_TEMPLATES } from '../../../src/tools/command/nmap-tool.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';
import { allow } from '../nmap/allow.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const facts = localFacts({
  dataDirectory: async () => (await findNmap()).dataDirectory,
  privileges: async () => privilegesOf(await findNmap()),
});
const service = createCommandService({
  targets: createTargetPolicy(() => DEFAULT_POLICY, facts),
  policy: createPolicy(() => ({ ...DEFAULT_POLICY, allowIntrusive: true }), facts),
  nmap: () => findNmap(),
  limits: () => DEFAULT_LIMITS,
  settings: () => ({
    timeoutSeconds: 20,
    concurrency: 2,
    maxArgsLength: 2048,
    maxStdoutBytes: 4096,
    maxStderrBytes: 4096,
  }),
});
const asked = { tool: 'T', caller: LOCAL_CALLER, timeoutSeconds: 20, signal: new AbortController().signal };

async function most(concurrency: number | undefined): Promise<number> {
  const file = join(folder, `places-${concurrency}`);
  const log = `${file}.log`;
  await writeFile(file, `#!/bin/sh\necho start >> ${log}\nsleep 0.2\necho end >> ${log}\n`);
  await chmod(file, 0o755);
  const line = { program: file, options: [] };
  await Promise.all(
    Array.from({ length: 5 }, () => service.run(line, '127.0.0.1', { ...asked, tool: file, concurrency })),
  );
  let running = 0;
  const counts = (await readFile(log, 'utf8'))
    .trim()
    .split('\n')
    .map((word) => {
      running += word === 'start' ? 1 : -1;
      return running;
    });
  expect(counts).toHaveLength(10);
  return Math.max(...counts);
}

test('only so many of one tool run at the same time; the others wait their turn', async () => {
  expect(await most(1)).toBe(1);
  expect(await most(undefined)).toBe(2);
});

test('beyond the calls that may wait there is a clear refusal', async () => {
  const line = { program: 'sleep', options: ['0.3'], place: () => [] };
  const calls = Array.from({ length: 60 }, () =>
    service.run(line, '127.0.0.1', { ...asked, concurrency: 30 }),
  );
  const ends = await Promise.allSettled([...calls]);
  expect(ends.filter(({ status }) => status === 'fulfilled').length).toBe(60);
  const many = Array.from({ length: 90 }, () =>
    service.run(line, '127.0.0.1', { ...asked, concurrency: 30 }),
  );
  const refused = (await Promise.allSettled(many)).filter((end) => end.status === 'rejected');
  expect(refused.length).toBe(10);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'busy', retryAfterSeconds: 30 });
});

test('an intrusive nmap needs the scope for it, although the operator allows it', async () => {
  const caller: Caller = { name: 'ci', id: 'ci', scopes: new Set(['scan:run']) };
  await expect(
    service.nmap('-sV --script vuln -p 1', '127.0.0.1', { ...asked, caller }),
  ).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test.each(Object.entries(NMAP_TEMPLATES))('the template %s is allowed as it stands', async (_, options) => {
  const scan = await allow(`${options} 127.0.0.1`);
  expect(scan.options.length).toBeGreaterThan(1);
});
