/** How a failure of a database is told apart from a defect of ours, for both of them. */
import { PortolanError } from '../core/errors.ts';
import { LeaseLost } from '../core/lease.ts';

export interface Failure {
  /** What the database calls it. */
  code: RegExp;
  message: string;
  next: string;
}

/** @returns a PortolanError `storage_failed` for one of these, LeaseLost as it is, or a plain Error for what is our own fault. */
export function failureOf(thrown: unknown, failures: readonly Failure[]): Error {
  if (thrown instanceof PortolanError || thrown instanceof LeaseLost) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = 'code' in error ? String(error.code) : '';
  const known = failures.find((failure) => failure.code.test(code));
  if (!known) return code === '' ? error : new Error(`${code}: ${error.message}`, { cause: error });
  return new PortolanError('storage_failed', `${known.message} (${code})`, known.next, { cause: error });
}
