/**
 * The other side of thread-client.ts: reads stored hosts and writes reports of them in a thread of its own, one piece when
 * one is asked for. In the bundle this file is an entry point named `report-thread`.
 */
import { parentPort } from 'node:worker_threads';
import type { HostResult } from '../../core/result.ts';
import { type Writing, writeReport } from './write.ts';

/** To the thread. A host comes as the text that is stored; without one there are no more. */
export type Order =
  | { kind: 'open'; report: number; writing: Writing }
  | { kind: 'pull'; report: number }
  | { kind: 'host'; report: number; body?: string | undefined }
  | { kind: 'close'; report: number };

/** From the thread: it wants the next host, or here is what was pulled. */
export type Reply =
  | { kind: 'host'; report: number }
  | { kind: 'piece'; report: number; bytes: Uint8Array<ArrayBuffer>; done: boolean; cut: boolean }
  | { kind: 'failed'; report: number; message: string };

const port = parentPort;
if (port === null) throw new Error('thread.ts is started by thread-client.ts only');

/** Bytes of one piece, at most: as much waits for a reader who is slow. */
const PIECE_BYTES = 262_144;

class Report {
  readonly #id: number;
  readonly #pieces: AsyncIterator<string>;
  readonly #reply: (reply: Reply) => void;
  #given: ((body: string | undefined) => void) | undefined;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  #ended = false;
  #cut = false;

  constructor(id: number, writing: Writing, reply: (reply: Reply) => void) {
    this.#id = id;
    this.#reply = reply;
    this.#pieces = writeReport(writing, this.#hosts(), () => {
      this.#cut = true;
    })[Symbol.asyncIterator]();
  }

  give(body: string | undefined): void {
    this.#given?.(body);
  }

  async pull(): Promise<void> {
    const gathered: Uint8Array[] = [this.#rest];
    let size = this.#rest.length;
    while (size < PIECE_BYTES && !this.#ended) {
      const { value, done } = await this.#pieces.next();
      this.#ended = done === true;
      if (done) break;
      const bytes = Buffer.from(value);
      gathered.push(bytes);
      size += bytes.length;
    }
    const all = new Uint8Array(Buffer.concat(gathered));
    const bytes = all.slice(0, PIECE_BYTES);
    this.#rest = all.slice(PIECE_BYTES);
    const done = this.#ended && this.#rest.length === 0;
    this.#reply({ kind: 'piece', report: this.#id, bytes, done, cut: this.#cut });
  }

  async *#hosts(): AsyncIterable<HostResult> {
    for (;;) {
      const asked = Promise.withResolvers<string | undefined>();
      this.#given = asked.resolve;
      this.#reply({ kind: 'host', report: this.#id });
      const body = await asked.promise;
      if (body === undefined) return;
      const host: HostResult = JSON.parse(body);
      yield host;
    }
  }
}

const reports = new Map<number, Report>();
const reply = (message: Reply) =>
  port.postMessage(message, message.kind === 'piece' ? [message.bytes.buffer] : []);

port.on('message', (order: Order) => {
  const { report: id } = order;
  if (order.kind === 'open') reports.set(id, new Report(id, order.writing, reply));
  else if (order.kind === 'close') reports.delete(id);
  else if (order.kind === 'host') reports.get(id)?.give(order.body);
  else {
    reports
      .get(id)
      ?.pull()
      .catch((error: unknown) => reply({ kind: 'failed', report: id, message: String(error) }));
  }
});
