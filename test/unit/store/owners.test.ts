/** A database of before tasks belonged to tokens: each goes to the token that had the name then. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { tokenIdentity } from '../../../src/core/caller.ts';
import { openStore } from '../../../src/store/open.ts';

it('gives tasks of a name to the token that had it then, and others to nobody', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-owners-'));
  const path = join(folder, 'p.db');
  const [first, second] = ['3', '4'].map((digit) => digit.repeat(64)) as [string, string];
  const raw = new Database(path);
  raw.exec(readFileSync(join(import.meta.dirname, 'fixtures', '09f6b8d.sql'), 'utf8'));
  const token = raw.prepare(
    'INSERT INTO tokens (hash, name, scopes, created_at, revoked_at) VALUES (?, ?, ?, ?, ?)',
  );
  token.run(first, 'a', '[]', 100, 200);
  token.run(second, 'a', '[]', 300, null);
  const task = raw.prepare(`
    INSERT INTO tasks (id, state, owner, request, created_at, addresses_total, coverage, instance_id)
    SELECT ?, 'pending', ?, request, ?, 1, '[]', 'i' FROM tasks WHERE id = 'done'`);
  task.run('t1', 'a', 150);
  task.run('t2', 'a', 350);
  task.run('t3', 'local', 150);
  task.run('t4', 'a', 50);
  raw.close();

  const after = await openStore(path);
  const owners = await Promise.all(
    ['t1', 't2', 't3', 't4'].map(async (id) => (await after.tasks.get(id))?.owner),
  );
  expect(owners).toEqual([tokenIdentity('a', first), tokenIdentity('a', second), 'local', 'a']);
  await after.close();
  rmSync(folder, { recursive: true });
});
