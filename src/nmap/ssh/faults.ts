/** What goes wrong on the way to a scanner, in the words that callers see. */
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';

/** DNS, TCP or the link failed: what a circuit breaker counts. */
export function unreachable(message: string, next: string): PortolanError {
  return new PortolanError('scanner_unreachable', `${message}.`, next);
}

export function failed(message: string, why: string): PortolanError {
  return new PortolanError(
    'ssh_failed',
    `${message} (${cleanField(why, 200)}).`,
    'Look into the log of its SSH server; `portolan doctor --scanner NAME` goes through every step.',
  );
}

export function stopped(): PortolanError {
  return new PortolanError(
    'interrupted',
    'The scan was stopped while it connected.',
    'Start it again if it is still wanted.',
  );
}
