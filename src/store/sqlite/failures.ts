/** What is wrong with a SQLite database, in our words; everything else that SQLite says is a defect of ours. */
import { PortolanError } from '../../core/errors.ts';
import { type Failure, failureOf } from '../failures.ts';

/** Result codes of SQLite (sqlite.org/rescode.html), by their beginning. */
const FAILURES: readonly Failure[] = [
  {
    code: /^SQLITE_FULL/,
    message: 'The disk of the database is full.',
    next: 'Make room on it, or run `portolan prune`; the server goes on by itself then.',
  },
  {
    code: /^SQLITE_(BUSY|LOCKED)/,
    message: 'The database is locked by another program.',
    next: 'End what holds it (a backup, a database browser); the server goes on by itself then.',
  },
  {
    code: /^SQLITE_CANTOPEN/,
    message: 'The file of the database cannot be opened.',
    next: 'Check its path, owner and permissions, those of its folder, and the open files that are left (ulimit -n).',
  },
  {
    code: /^SQLITE_(READONLY|PERM|AUTH)/,
    message: 'The database may not be written.',
    next: 'Check the owner and the permissions of its file and folder, and that the disk is not mounted read-only.',
  },
  {
    code: /^SQLITE_(CORRUPT|NOTADB)/,
    message: 'The database is damaged, or is no database.',
    next: 'Restore it from a backup, or choose another file with --db or scans.database.',
  },
  {
    code: /^SQLITE_(IOERR|PROTOCOL|NOMEM|NOLFS)/,
    message: 'The disk of the database does not work as it should.',
    next: 'Check the disk (dmesg), and the room on it; the server goes on by itself when it works again.',
  },
];

/** @returns a PortolanError `storage_failed`, or a plain Error for what is our own fault. */
export function storageFailure(thrown: unknown): Error {
  return failureOf(thrown, FAILURES);
}

/** A call that came too late was not carried out: the one before it hung. */
export function tooLate(): PortolanError {
  return storageHangs();
}

export function storageHangs(waitedMs?: number): PortolanError {
  const waited = waitedMs === undefined ? '' : ` for ${waitedMs / 1000} s`;
  return new PortolanError(
    'storage_failed',
    `The disk of the database has not answered${waited}.`,
    'Check the disk; the server goes on by itself when it answers again. What was just asked for may have been stored: look before asking again.',
  );
}
