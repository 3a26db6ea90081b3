/** Names of scanners that were described in a call: known to the process that was called, and to nobody else. */
import { randomBytes } from 'node:crypto';
import { PortolanError } from '../../core/errors.ts';

const MARK = '~';

export function newHandle(): string {
  return `${MARK}${randomBytes(12).toString('hex')}`;
}

export function isHandle(scanner: string | undefined): boolean {
  return scanner?.startsWith(MARK) === true;
}

/** What a task with such a scanner ends with when the process that had been called has ended. */
export function credentialsGone(): PortolanError {
  return new PortolanError(
    'interrupted',
    'The scan cannot go on: the credentials it was called with were kept in memory only, and Portolan has ended since.',
    'What was found is kept: read it with get_task_result. Call again for the rest, or name a scanner of the configuration.',
  );
}
