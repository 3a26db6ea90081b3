/**
 * The room that a SQLite file takes on its disk. Deleting needs some too, for the write-ahead log and its index: so a little
 * is held back in a file beside the database, and given up when the disk is full.
 */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Connection } from './connection.ts';

/** The index of the write-ahead log takes 32 KiB; the deletion of one host some dozens of pages of 4 KiB. */
const RESERVE_BYTES = 512 * 1024;
/** On a disk with less than so many times the reserve none is held back. */
const ROOMY = 4;

export class Room {
  readonly #reserve: string | undefined;
  readonly #sqlite: () => Connection | undefined;

  /** @param path the database; `:memory:` takes no room. */
  constructor(path: string, sqlite: () => Connection | undefined) {
    this.#reserve = path === ':memory:' ? undefined : `${path}-reserve`;
    this.#sqlite = sqlite;
  }

  /** Holds the reserve back, where there is room for it. */
  hold(): void {
    if (this.#reserve === undefined || existsSync(this.#reserve)) return;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#reserve));
      if (bavail * bsize < ROOMY * RESERVE_BYTES) return;
      writeFileSync(this.#reserve, Buffer.alloc(RESERVE_BYTES), { mode: 0o600, flag: 'wx' });
    } catch {
      // Without one all else works; half a reserve is of no use, and may be somebody else's that is being made.
    }
  }

  /** Gives the reserve up, and lets the write-ahead log begin anew. @returns whether there was a reserve */
  make(): boolean {
    const held = this.#reserve !== undefined && existsSync(this.#reserve);
    if (held) rmSync(this.#reserve ?? '', { force: true });
    this.#sqlite()?.exec('pragma wal_checkpoint(PASSIVE)');
    return held;
  }

  /** Gives so many empty pages at the end of the file back to the disk. A file of before auto_vacuum keeps them. */
  giveBack(pages: number): void {
    // By exec: run as a prepared statement it stops after one page.
    this.#sqlite()?.exec(`pragma incremental_vacuum(${Math.trunc(pages)})`);
  }

  /** Shortens the files on the disk to what is in use, as far as nobody reads just then. */
  shorten(): void {
    this.#sqlite()?.exec('pragma wal_checkpoint(TRUNCATE)');
    this.hold();
  }
}
