/** A database of before tasks belonged to tokens: each goes to the token that had the name then. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { tokenIdentity } from '../../../src/core/caller.ts';
import { openStore } from '../../../src/store/open.ts';

it('gives tasks of a name to the token that had it then, and others to nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-owners-'));
  const path = join(folder, 'p.db');
  const request = { tool: 'quick_scan', targets: ['127.0.0.1'], options: [] };
  const before = await openStore(path);
  const [first, second] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
  await before.tokens.create({ name: 'a', hash: first, scopes: [], createdAt: 100, revokedAt: 200 }, 100);
  await before.tokens.create({ name: 'a', hash: second, scopes: [], createdAt: 300 }, 300);
  for (const [id, owner, createdAt] of [
    ['t1', 'a', 150],
    ['t2', 'a', 350],
    ['t3', 'local', 150],
    ['t4', 'a', 50],
  ] as const)
    await before.tasks.insert({ id, owner, request, createdAt, addressesTotal: 1, coverage: [] }, 'i', 10);
  await before.close();
  const raw = new Database(path);
  // A database of before: this change of it and all later ones are undone.
  raw.exec("DELETE FROM kysely_migration WHERE name >= '2026-11-28-token-owners'");
  raw.exec('ALTER TABLE tasks DROP COLUMN deaths; ALTER TABLE instances DROP COLUMN leaving');
  raw.close();

  const after = await openStore(path);
  const owners = await Promise.all(
    ['t1', 't2', 't3', 't4'].map(async (id) => (await after.tasks.get(id))?.owner),
  );
  expect(owners).toEqual([tokenIdentity('a', first), tokenIdentity('a', second), 'local', 'a']);
  await after.close();
  rmSync(folder, { recursive: true });
});
