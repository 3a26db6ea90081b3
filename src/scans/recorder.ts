/**
 * Writes what a scanner reports into the store as it comes, in the order it comes, several reports to a transaction
 * when they come fast. A store that fails (locked, full) is tried again until it works; nothing is dropped meanwhile.
 */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import { LeaseLost } from '../core/lease.ts';
import { monotonicMs } from '../core/monotonic.ts';
import type { HostResult, Progress } from '../core/result.ts';
import type { HeldTask } from '../core/task.ts';
import type { AnnouncedPort } from '../store/hosts.ts';
import type { Store } from '../store/open.ts';

const RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
const LAST_RETRY_MS = 5000;
const PROGRESS_EVERY_MS = 500;

export class Recorder {
  readonly #store: Store;
  readonly #task: Pick<HeldTask, 'id' | 'lease'>;
  readonly #on: RecorderListener;
  readonly #closing: AbortSignal;
  #hosts: HostResult[] = [];
  #ports: AnnouncedPort[] = [];
  #progress: Progress | undefined;
  #progressStoredAt = Number.NEGATIVE_INFINITY;
  #progressDue: NodeJS.Timeout | undefined;
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
    this.#hosts.push(host);
    this.#write();
  }

  openPort(port: AnnouncedPort): void {
    this.#ports.push(port);
    this.#write();
  }

  progress(progress: Progress): void {
    this.#progress = progress;
    const wait = this.#progressStoredAt + PROGRESS_EVERY_MS - monotonicMs();
    if (wait <= 0) this.#write();
    // The last word before a long silence must be seen too: without this the stage before it would seem to go on.
    else this.#progressDue ??= setTimeout(() => this.#write(), wait);
  }

  /** Resolves when everything reported so far is stored. @throws what the store failed with when that was given up */
  async drain(): Promise<void> {
    clearTimeout(this.#progressDue);
    while (this.#writing) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  #write(): void {
    clearTimeout(this.#progressDue);
    this.#progressDue = undefined;
    if (this.#failure !== undefined) return;
    this.#writing ??= this.#writeAll()
      .catch((error: unknown) => {
        this.#failure = error ?? new Error('The store failed.');
        this.#on.failed();
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #writeAll(): Promise<void> {
    const { id, lease } = this.#task;
    // One turn of the event loop gathers what arrived in the same chunk into one transaction.
    await nextTurn();
    while (this.#hosts.length + this.#ports.length > 0 || this.#progress) {
      const hosts = this.#hosts;
      const ports = this.#ports;
      const progress = this.#progress;
      this.#hosts = [];
      this.#ports = [];
      this.#progress = undefined;
      await this.#persist(async () => {
        // Announcements first: a host that arrived in the same batch supersedes its own.
        await this.#store.hosts.announce(id, ports, lease);
        await this.#store.hosts.put(id, hosts, lease);
        if (progress) await this.#store.tasks.setProgress(id, progress, lease);
      });
      if (progress) this.#progressStoredAt = monotonicMs();
      this.#on.stored();
    }
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
