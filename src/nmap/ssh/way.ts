/** The streams and clients of one connection: whose they are from the moment they are made until they are closed. */
import type { Client } from 'ssh2';
import { stopped } from './faults.ts';

/** What {@link Way} asks of a socket, a forwarded stream or a client. */
interface Part {
  on(event: 'error', heard: () => void): unknown;
  destroy(): unknown;
}

/**
 * Owns every part of the way to a scanner, so that each ends when the way does, whatever failed in between. It listens
 * for their errors as long as they live: one that comes when nobody else listens any more would end the whole process.
 */
export class Way {
  readonly #parts: Part[] = [];
  #closed = false;

  /** @throws PortolanError interrupted when the way has been given up; the part is closed then */
  own<T extends Part | Client>(part: T): T {
    part.on('error', () => {});
    if (this.#closed) {
      part.destroy();
      throw stopped();
    }
    this.#parts.push(part);
    return part;
  }

  /** Closes all there is, the newest first, and everything that still comes. */
  close(): void {
    this.#closed = true;
    for (const part of this.#parts.splice(0).reverse()) part.destroy();
  }
}
