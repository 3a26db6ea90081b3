/** Cuts off what an account's start files print before our own first line. */
import { cleanField } from '../../core/clean.ts';

export interface Lead {
  write(bytes: Buffer): void;
  /** Whether our line has come. */
  begun(): boolean;
  /** The end of what came instead of it, for people. */
  said(): string;
}

/** Longer than any mark, and enough of a stranger's words. */
const KEPT = 512;

/** Passes on what comes behind the line with `mark`. */
export function createLead(mark: string, body: (bytes: Buffer) => void): Lead {
  const wanted = Buffer.from(mark);
  let held: Buffer = Buffer.alloc(0);
  let marked = false;
  let begun = false;
  return {
    begun: () => begun,
    said: () => cleanField(held.toString('utf8').trim(), 200),
    write(bytes) {
      if (begun) return body(bytes);
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      const at = marked ? 0 : held.indexOf(wanted);
      if (at === -1) {
        held = held.subarray(-KEPT);
        return;
      }
      marked = true;
      held = held.subarray(at);
      const end = held.indexOf(0x0a);
      if (end === -1) return;
      begun = true;
      const behind = held.subarray(end + 1);
      held = Buffer.alloc(0);
      if (behind.length > 0) body(behind);
    },
  };
}
