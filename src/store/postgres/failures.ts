/** What is wrong with a PostgreSQL database, in our words. */
import { type Failure, failureOf } from '../failures.ts';

/** SQLSTATE codes (PostgreSQL manual, appendix A) and those that Node gives to connections. */
const FAILURES: readonly Failure[] = [
  {
    code: /^(53100)$/,
    message: 'The disk of the database is full.',
    next: 'Make room on it, or run `portolan prune`; the server goes on by itself then.',
  },
  {
    code: /^(53300|53400)$/,
    message: 'PostgreSQL takes no more connections.',
    next: 'Raise its max_connections, or let fewer programs use it; the server goes on by itself then.',
  },
  {
    code: /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|57P0.)$/,
    message: 'PostgreSQL cannot be reached.',
    next: 'Check that it runs and that its address in scans.database is right; the server goes on by itself then.',
  },
  {
    code: /^(28...|3D000)$/,
    message: 'PostgreSQL does not let us in.',
    next: 'Check user, password and database in scans.database, and pg_hba.conf of the server.',
  },
  {
    code: /^(42501|25006)$/,
    message: 'The database may not be written.',
    next: 'Give the user of scans.database the right to create and change tables in its schema, on a server that is no standby.',
  },
  {
    code: /^(40001|40P01|55P03|57014)$/,
    message: 'The database was busy with something that could not be waited for.',
    next: 'Ask again.',
  },
];

/** What `pg` says without a code of a connection that broke, or could not be had in time. */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Client was closed)/;

/** @returns a PortolanError `storage_failed`, or a plain Error for what is our own fault. */
export function storageFailure(thrown: unknown): Error {
  if (thrown instanceof Error && !('code' in thrown) && LOST.test(thrown.message))
    return failureOf(Object.assign(thrown, { code: 'ECONNRESET' }), FAILURES);
  return failureOf(thrown, FAILURES);
}
