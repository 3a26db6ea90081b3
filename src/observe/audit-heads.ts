/**
 * Notes the head of the audit elsewhere, at intervals: whoever can write the audit can write all of it anew, but not a
 * head that has left this disk.
 */
import { appendFile } from 'node:fs/promises';
import type { ChainEnd } from './audit-record.ts';

export interface HeadNotes {
  start(): void;
  /** Notes the last one. */
  close(): Promise<void>;
}

/** @param note takes `NUMBER:HASH`. Its failure is told, and the head noted again next time. */
export function noteHeads(parts: {
  head: () => ChainEnd | undefined;
  minutes: () => number;
  note: (head: string) => Promise<void> | void;
  onProblem: (error: unknown) => void;
}): HeadNotes {
  const { head, minutes, note, onProblem } = parts;
  let timer: NodeJS.Timeout | undefined;
  let noted = 0;

  async function noteNew(): Promise<void> {
    const end = head();
    if (!end || end.seq <= noted) return;
    try {
      await note(`${end.seq}:${end.hash}`);
      noted = end.seq;
    } catch (error) {
      onProblem(error);
    }
  }

  return {
    start() {
      if (minutes() > 0) timer = setInterval(() => void noteNew(), minutes() * 60_000).unref();
    },
    async close() {
      if (!timer) return;
      clearInterval(timer);
      await noteNew();
    },
  };
}

/** Appends heads to a file, each with its time. */
export function headFile(file: string): (head: string) => Promise<void> {
  return (head) => appendFile(file, `${new Date().toISOString()} ${head}\n`, { mode: 0o600 });
}
