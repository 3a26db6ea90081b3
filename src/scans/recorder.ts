/**
 * Writes what a scanner reports into the store, in the order it comes and in batches: what was reported is on disk after
 * {@link BATCH_MS}, or as soon as {@link MOST_AT_ONCE} hosts and ports wait. Until then the report of nmap is what
 * remembers it. A store that fails (locked, full) is tried again until it works; nothing is dropped meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import { LeaseLost } from '../core/lease.ts';
import type { HostResult, Progress } from '../core/result.ts';
import type { HeldTask } from '../core/task.ts';
import { type AnnouncedPort, type HostRow, hostRowOf } from '../store/host-row.ts';
import type { Batch } from '../store/hosts.ts';
import type { Store } from '../store/open.ts';
import { MOST_AT_ONCE } from '../store/record-batch.ts';

const RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
const LAST_RETRY_MS = 5000;
const BATCH_MS = 250;

export class Recorder {
  readonly #store: Store;
  readonly #task: Pick<HeldTask, 'id' | 'lease'>;
  readonly #on: RecorderListener;
  readonly #closing: AbortSignal;
  #hosts: HostRow[] = [];
  #ports: AnnouncedPort[] = [];
  #progress: Progress | undefined;
  /** Runs while something waits for its batch to be full. */
  #timer: NodeJS.Timeout | undefined;
  /** What waits is to be written now. */
  #due = false;
  #writing: Promise<void> | undefined;
  #failure: unknown;

  /** @param closing this process ends: what cannot be stored by then is left to a recovery from the files */
  constructor(
    store: Store,
    task: Pick<HeldTask, 'id' | 'lease'>,
    on: RecorderListener,
    closing: AbortSignal,
  ) {
    this.#store = store;
    this.#task = task;
    this.#on = on;
    this.#closing = closing;
  }

  host(host: HostResult): void {
    this.#hosts.push(hostRowOf(host));
    this.#wait();
  }

  openPort(port: AnnouncedPort): void {
    this.#ports.push(port);
    this.#wait();
  }

  progress(progress: Progress): void {
    this.#progress = progress;
    this.#wait();
  }

  /** Resolves when everything reported so far is stored. @throws what the store failed with when that was given up */
  async drain(): Promise<void> {
    this.#writeSoon();
    while (this.#writing) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #wait(): void {
    if (this.#hosts.length + this.#ports.length >= MOST_AT_ONCE) this.#writeSoon();
    else this.#timer ??= setTimeout(() => this.#writeSoon(), BATCH_MS);
  }

  #writeSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#failure !== undefined) return;
    this.#due = true;
    this.#writing ??= this.#write()
      .catch((error: unknown) => {
        this.#failure = error ?? new Error('The store failed.');
        this.#on.failed();
      })
      .finally(() => {
        this.#writing = undefined;
        // It may have become due after the last look.
        if (this.#due) this.#writeSoon();
      });
  }

  async #write(): Promise<void> {
    const { id, lease } = this.#task;
    while (this.#due) {
      const batch = this.#take();
      if (!batch) return;
      await this.#persist(() => this.#store.hosts.record(id, batch, lease));
      this.#on.stored();
    }
  }

  /** The next batch of what waits. */
  #take(): Batch | undefined {
    // Announcements first: a host supersedes its own.
    const ports = this.#ports.splice(0, MOST_AT_ONCE);
    const hosts = this.#hosts.splice(0, MOST_AT_ONCE - ports.length);
    const progress = this.#progress;
    this.#progress = undefined;
    this.#due = this.#hosts.length + this.#ports.length > 0;
    return hosts.length + ports.length > 0 || progress ? { hosts, ports, progress } : undefined;
  }

  async #persist(write: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await write();
      } catch (error) {
        const mends = error instanceof PortolanError && error.code === 'storage_failed';
        const isOver = this.#closing.aborted || error instanceof LeaseLost;
        if (isOver || (!mends && tries >= RETRY_MS.length)) throw error;
        // It is no passing lock any more: who waits is told, and nmap need not find what nobody can store.
        if (mends && tries === RETRY_MS.length) this.#on.stalled(error);
      }
      const wait = RETRY_MS[tries] ?? LAST_RETRY_MS;
      await delay(wait, undefined, { signal: this.#closing }).catch(() => {});
    }
  }
}

export interface RecorderListener {
  stored(): void;
  /** The store has failed for some seconds; what was reported waits in memory until it works again. */
  stalled(why: PortolanError): void;
  /** What was reported and is not stored will not be: a defect, another process has the task, or this one ends. */
  failed(): void;
}
