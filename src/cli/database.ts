/** `portolan db status|check|backup|restore|migrate|compact`: the database as a whole. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { auditFile } from '../config/audit-file.ts';
import { isPostgres, shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import type { Verification } from '../observe/audit-chain.ts';
import { copyStore } from '../store/copy.ts';
import { openStore, type Store } from '../store/open.ts';
import { lookAtAudit, wordsOf } from './audit.ts';
import { EXIT } from './exit-codes.ts';
import { listeningUrl } from './listening.ts';
import { megabytes } from './megabytes.ts';
import { type CommonOptions, databaseGiven, loadFor } from './options.ts';
import { note, print } from './terminal.ts';

export async function status(options: CommonOptions & { json?: boolean }): Promise<number> {
  return await withStore(options, async (store, name) => {
    const found = await store.maintenance.status();
    if (options.json) {
      print(JSON.stringify({ database: name, ...found }, null, 2));
      return EXIT.ok;
    }
    const { bytes, freeBytes, rows, tasks, version } = found;
    const states = Object.entries(tasks).map(([state, count]) => `${count} ${state}`);
    print(`Database: ${name}`);
    print(`Size: ${megabytes(bytes)}${freeBytes > 0 ? `, of which ${megabytes(freeBytes)} are empty` : ''}`);
    print(`Scans: ${rows.tasks}${states.length > 0 ? ` (${states.join(', ')})` : ''}`);
    print(`Hosts: ${rows.hosts}`);
    print(`Inventory: ${rows.assets} assets, ${rows.services} services, made of ${rows.looks} looks`);
    print(`Tables as of: ${version}`);
    return EXIT.ok;
  });
}

/** @returns the exit status 1 when something is wrong */
export async function check(options: CommonOptions): Promise<number> {
  return await withStore(options, async (store, name) => {
    const wrong = await store.maintenance.check();
    const audit = await lookAtAudit(options);
    for (const line of wrong) print(`Wrong: ${line}`);
    if (audit?.problem) print(`Wrong: the audit is not whole: ${wordsOf(audit.problem)}`);
    if (wrong.length > 0) {
      note(
        'Restore a backup (portolan db restore FILE), or copy what can be read: portolan db migrate --to FILE',
      );
    } else print(`${name} is sound.`);
    if (audit?.problem) note('portolan audit verify says more.');
    else print(auditWords(audit));
    return wrong.length > 0 || audit?.problem ? EXIT.failed : EXIT.ok;
  });
}

/** A whole copy as it is at one moment, in a file of SQLite, while servers go on. */
export async function backup(target: string, options: CommonOptions): Promise<number> {
  const file = resolve(target);
  refuseExisting(file);
  return await withStore(options, async (store, name) => {
    const unready = `${file}.part`;
    rmSync(unready, { force: true });
    const { engine } = await store.maintenance.status();
    if (engine === 'sqlite') await store.maintenance.copyInto(unready);
    else await copyTo(store, unready);
    await sound(unready);
    renameSync(unready, file);
    print(
      `Wrote ${file} (${megabytes(statSync(file).size)}): ${name} as it was just now, read again and found sound.`,
    );
    return EXIT.ok;
  });
}

/** Puts a backup in place of what the configuration names; what was there is kept beside it. */
export async function restore(source: string, options: CommonOptions): Promise<number> {
  const file = resolve(source);
  if (!existsSync(file)) {
    throw new PortolanError(
      'file_not_found',
      `There is no ${file}.`,
      'Name a file that `portolan db backup` wrote.',
    );
  }
  const { config } = await loadFor(options);
  const url = listeningUrl(config);
  if (url !== undefined) {
    throw new PortolanError(
      'busy',
      `A server uses the database (${url}).`,
      'Stop it first: portolan service stop.',
    );
  }
  await sound(file);
  const { database } = config.scans;
  if (!isPostgres(database) && existsSync(database)) {
    const kept = `${database}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    const old = await openStore(database);
    await old.maintenance.copyInto(kept).finally(() => old.close());
    for (const end of ['', '-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
    note(`What was there is in ${kept}.`);
  }
  await copyBetween(file, database);
  print(`Restored ${shownDatabase(database)} from ${file}.`);
  return EXIT.ok;
}

/** Copies all that is stored into another database; run again, what has come since. */
export async function migrate(options: CommonOptions & { to: string }): Promise<number> {
  const { config } = await loadFor(options);
  const target = { db: databaseGiven(options.to) };
  const to = (await loadFor(target)).config;
  await copyBetween(config.scans.database, to.scans.database);
  print(
    `Copied ${shownDatabase(config.scans.database)} to ${shownDatabase(to.scans.database)}; both have the same rows.`,
  );
  const audit = await lookAtAudit(options);
  if (audit?.problem) {
    print(`Wrong: the audit is not whole: ${wordsOf(audit.problem)}`);
    return EXIT.failed;
  }
  print(auditWords(audit));
  const [here, there] = [auditFile(config), auditFile(to)];
  if (audit && here !== there)
    print(`The audit is a file of this machine and stays: ${here}. That of the new database is ${there}.`);
  print('Next: set scans.database to it and start the server again. The old database stays as it is.');
  return EXIT.ok;
}

function auditWords(audit: Verification | undefined): string {
  return audit ? `The audit is whole: ${audit.records} records.` : 'There is no audit.';
}

/** Gives back to the disk what deleted scans had taken. */
export async function compact(options: CommonOptions): Promise<number> {
  return await withStore(options, async (store, name) => {
    const before = await store.maintenance.status();
    await store.maintenance.compact();
    const after = await store.maintenance.status();
    print(`${name}: ${megabytes(before.bytes)} before, ${megabytes(after.bytes)} now.`);
    return EXIT.ok;
  });
}

async function withStore(
  options: CommonOptions,
  work: (store: Store, name: string) => Promise<number>,
): Promise<number> {
  const { database } = (await loadFor(options)).config.scans;
  refuseAbsent(database);
  const store = await openStore(database, { patient: true });
  try {
    return await work(store, shownDatabase(database));
  } finally {
    await store.close();
  }
}

async function copyBetween(from: string, to: string): Promise<void> {
  refuseAbsent(from);
  const source = await openStore(from, { patient: true });
  await copyTo(source, to).finally(() => source.close());
}

async function copyTo(source: Store, to: string): Promise<void> {
  const target = await openStore(to, { patient: true });
  try {
    let told = 0;
    await copyStore(source, target, (copied) => {
      if (copied - told < 10_000) return;
      told = copied;
      note(`${copied} rows copied`);
    });
  } finally {
    await target.close();
  }
}

/** @throws PortolanError when a copy has something wrong with it */
async function sound(file: string): Promise<void> {
  const store = await openStore(file, { patient: true });
  try {
    const [wrong] = await store.maintenance.check();
    if (wrong === undefined) return;
    throw new PortolanError(
      'storage_failed',
      `${file} is not sound: ${wrong}.`,
      'Use another backup; the database was left as it is.',
    );
  } finally {
    await store.close();
  }
}

function refuseAbsent(database: string): void {
  if (isPostgres(database) || existsSync(database)) return;
  throw new PortolanError(
    'file_not_found',
    `There is no database ${database}.`,
    'Name one with --db, or scans.database.',
  );
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new PortolanError('invalid_argument', `${file} is there already.`, 'Name a new file.');
}
