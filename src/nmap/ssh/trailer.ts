/** Splits a remote stream at the line that ends a run: what nmap wrote, then our status line, then its messages. */

export interface Trailer {
  /** nmap's exit status as the shell gives it; undefined until the line has come. */
  status(): number | undefined;
  write(bytes: Buffer): void;
  /** The stream has ended: what was held back is passed on. */
  end(): void;
}

const LONGEST_STATUS = 8;

/** Bytes before `mark` go to `body` at once, but for those that may be its beginning; those behind its line to `rest`. */
export function createTrailer(
  mark: string,
  { body, rest }: { body: (bytes: Buffer) => void; rest: (bytes: Buffer) => void },
): Trailer {
  const wanted = Buffer.from(mark);
  let held: Buffer = Buffer.alloc(0);
  let marked = false;
  let status: number | undefined;

  const readStatus = () => {
    const end = held.indexOf(0x0a);
    if (end === -1 && held.length < LONGEST_STATUS) return;
    status = Number.parseInt(held.toString('latin1', 0, Math.max(0, end)), 10);
    if (Number.isNaN(status)) status = undefined;
    const behind = held.subarray(end + 1);
    held = Buffer.alloc(0);
    if (behind.length > 0) rest(behind);
  };

  return {
    status: () => status,
    write(bytes) {
      if (marked && held.length === 0 && status !== undefined) return rest(bytes);
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      if (!marked) {
        const at = held.indexOf(wanted);
        marked = at !== -1;
        const keep = marked ? held.length - at : overlap(held, wanted);
        if (held.length > keep) body(held.subarray(0, held.length - keep));
        held = held.subarray(held.length - keep + (marked ? wanted.length : 0));
      }
      if (marked) readStatus();
    },
    end() {
      if (!marked && held.length > 0) body(held);
      held = Buffer.alloc(0);
    },
  };
}

/** How many bytes at the end of `bytes` are a beginning of `wanted`. */
function overlap(bytes: Buffer, wanted: Buffer): number {
  for (let length = Math.min(bytes.length, wanted.length - 1); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(wanted.subarray(0, length))) return length;
  }
  return 0;
}
