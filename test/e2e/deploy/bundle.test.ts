/** The bundle for desktop clients and the entry of the registry, made and used as their readers do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { SETTINGS } from '../../../src/config/flat-settings.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const Manifest = z.looseObject({
  version: z.string(),
  server: z.looseObject({
    entry_point: z.string(),
    mcp_config: z.object({
      command: z.literal('node'),
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  }),
  tools: z.array(z.object({ name: z.string(), description: z.string() })),
  user_config: z.record(z.string(), z.looseObject({ default: z.string() })),
});
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the bundle holds all it needs: it scans from a fresh folder as its manifest says', async () => {
  const file = join(folder, 'portolan.mcpb');
  const node = join(ROOT, 'node_modules/.bin/node');
  execFileSync(node, ['scripts/mcpb.mjs', file], { cwd: ROOT, stdio: 'ignore' });
  const place = join(folder, 'installed');
  execFileSync(node, [join(ROOT, 'node_modules/.bin/mcpb'), 'unpack', file, place], { stdio: 'ignore' });
  const manifest = Manifest.parse(json(join(place, 'manifest.json')));
  expect(manifest.version).toBe(json(join(ROOT, 'package.json')).version);
  // What a client fills in, with everything left at its default.
  const filled = (text: string) =>
    text
      .replaceAll(
        /\$\{user_config\.(\w+)\}/g,
        (_, name: string) => manifest.user_config[name]?.default ?? 'missing',
      )
      .replaceAll('$' + '{__dirname}', place);
  const { args, env } = manifest.server.mcp_config;
  const variables = new Set(SETTINGS.map((setting) => setting.env));
  for (const name of Object.keys(env)) expect(variables).toContain(name);
  const client = new Client({ name: 'desktop', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: args.map(filled),
      cwd: folder,
      env: {
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
      },
    }),
  );
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).toSorted()).toEqual(manifest.tools.map(({ name }) => name).toSorted());
  const answer = await client.callTool({ name: 'quick_scan', arguments: { target: '127.0.0.1' } });
  expect(answer.structuredContent).toMatchObject({ status: 'completed' });
  const known = await client.callTool({ name: 'enrich_ip', arguments: { ip: '127.0.0.1' } });
  expect(known.isError ?? false).toBe(false);
  await client.close();
});

it('the entry of the registry agrees with the package', () => {
  const Entry = z.strictObject({
    $schema: z.string(),
    // The bounds of the registry's schema of 2025-12-11.
    name: z.string().regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
    title: z.string().min(1).max(100),
    description: z.string().min(1).max(100),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    packages: z.array(
      z.strictObject({
        registryType: z.literal('npm'),
        identifier: z.string(),
        version: z.string(),
        runtimeHint: z.literal('npx'),
        transport: z.strictObject({ type: z.literal('stdio') }),
        environmentVariables: z.array(
          z.strictObject({ name: z.string(), description: z.string(), isRequired: z.boolean() }),
        ),
      }),
    ),
  });
  const entry = Entry.parse(json(join(ROOT, 'server.json')));
  const { name, version, mcpName } = json(join(ROOT, 'package.json'));
  expect(entry.name).toBe(mcpName);
  expect(entry.version).toBe(version);
  const variables = new Set(SETTINGS.map((setting) => setting.env));
  for (const one of entry.packages) {
    expect(one).toMatchObject({ identifier: name, version });
    for (const variable of one.environmentVariables) expect(variables).toContain(variable.name);
  }
});
