/** Names of processes in the database, which tell servers from single commands. */
import { randomUUID } from 'node:crypto';

const PREFIX = 'command-';

/** A fresh name for a process that runs one command and ends. */
export function commandInstance(): string {
  return `${PREFIX}${randomUUID()}`;
}

export function isCommandInstance(id: string): boolean {
  return id.startsWith(PREFIX);
}
