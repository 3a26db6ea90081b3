/** A stream of chunks, read in pieces of the length that is wanted. */

export class Exact {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes, or undefined when the stream ends before the first; throws when it ends inside. */
  async take(length: number): Promise<DataView<ArrayBuffer> | undefined> {
    const out = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const piece = await this.some(length - filled);
      if (piece.length === 0) {
        if (filled === 0) return undefined;
        throw new Error('the compressed data ends early');
      }
      out.set(piece, filled);
      filled += piece.length;
    }
    return new DataView(out.buffer);
  }

  async need(length: number): Promise<DataView<ArrayBuffer>> {
    const found = length === 0 ? new DataView(new ArrayBuffer(0)) : await this.take(length);
    if (found === undefined) throw new Error('the compressed data ends early');
    return found;
  }

  /** What is there, at least one byte and at most `most`; empty at the end. */
  async some(most = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done === true) break;
      this.#chunk = next.value;
      this.#at = 0;
    }
    const piece = this.#chunk.subarray(this.#at, Math.min(this.#chunk.length, this.#at + most));
    this.#at += piece.length;
    return piece;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.some(); piece.length > 0; piece = await this.some()) yield piece;
  }

  /** Puts so many of the bytes that {@link some} gave last back. */
  unread(count: number): void {
    this.#at -= count;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const piece = await this.some(left);
      if (piece.length === 0) throw new Error('the compressed data ends early');
      left -= piece.length;
    }
  }
}
