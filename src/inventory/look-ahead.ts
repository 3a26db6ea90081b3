/**
 * The look behind the one that is folded. While the rules judge that one, the database is idle: it gets ready what the next
 * one will need, as far as the fold between cannot change it.
 */
import { PortolanError } from '../core/errors.ts';
import type { Look } from '../core/look.ts';
import { unpackLook } from '../store/inventory/look-body.ts';
import type { Store } from '../store/store.ts';
import type { KnowledgeReader } from './load.ts';

/** Hosts of a look that is read ahead: two of them are in memory then. */
const MOST_HOSTS = 2000;

export class LookAhead {
  readonly #store: Pick<Store, 'looks'>;
  readonly #reader: KnowledgeReader;
  #next: { id: number; told: Look } | undefined;

  constructor(store: Pick<Store, 'looks'>, reader: KnowledgeReader) {
    this.#store = store;
    this.#reader = reader;
  }

  /** What a look told. @throws PortolanError `storage_failed` when it is gone */
  async body(id: number): Promise<Look> {
    const next = this.#next;
    this.#next = undefined;
    return next?.id === id ? next.told : await this.#read(id);
  }

  /** To be called when all is read of the first that waits in a site, and nothing is written of it. */
  async prepare(site: string): Promise<void> {
    const next = await this.#store.looks.next(site, 1);
    if (!next || next.hosts > MOST_HOSTS) return;
    const told = await this.#read(next.id);
    this.#next = { id: next.id, told };
    await this.#reader.prepare(told);
  }

  async #read(id: number): Promise<Look> {
    const parts: Uint8Array[] = [];
    for (let at = 0; ; at += 1) {
      const part = await this.#store.looks.part(id, at);
      if (part === undefined) break;
      parts.push(part);
    }
    if (parts.length > 0) return unpackLook(parts);
    throw new PortolanError(
      'storage_failed',
      `The look ${id} has no body.`,
      'Restore a backup (portolan db restore FILE).',
    );
  }
}
