/**
 * Writes what a scanner reports into the store as it comes, in the order it comes, several reports to a transaction
 * when they come fast. A store that fails for a moment (locked, full) is tried again; nothing is dropped meanwhile.
 */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { PortolanError } from '../core/errors.ts';
import type { HostResult, Progress } from '../core/result.ts';
import type { AnnouncedPort } from '../store/hosts.ts';
import type { Store } from '../store/open.ts';

const RETRY_MS = [50, 200, 500, 1000, 2000, 4000];
const PROGRESS_EVERY_MS = 500;

export class Recorder {
  readonly #store: Store;
  readonly #taskId: string;
  readonly #onStored: () => void;
  readonly #onFailure: (error: PortolanError) => void;
  #hosts: HostResult[] = [];
  #ports: AnnouncedPort[] = [];
  #progress: Progress | undefined;
  #progressStoredAt = 0;
  #progressDue: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failure: PortolanError | undefined;

  constructor(
    store: Store,
    taskId: string,
    on: { stored: () => void; failure: (error: PortolanError) => void },
  ) {
    this.#store = store;
    this.#taskId = taskId;
    this.#onStored = on.stored;
    this.#onFailure = on.failure;
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
    const wait = this.#progressStoredAt + PROGRESS_EVERY_MS - Date.now();
    if (wait <= 0) this.#write();
    // The last word before a long silence must be seen too: without this the stage before it would seem to go on.
    else this.#progressDue ??= setTimeout(() => this.#write(), wait);
  }

  /** Resolves when everything reported so far is stored. @throws PortolanError `storage_failed` when it could not be. */
  async drain(): Promise<void> {
    clearTimeout(this.#progressDue);
    while (this.#writing) await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  #write(): void {
    clearTimeout(this.#progressDue);
    this.#progressDue = undefined;
    if (this.#failure) return;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    // One turn of the event loop gathers what arrived in the same chunk into one transaction.
    await nextTurn();
    while (this.#hosts.length + this.#ports.length > 0 || this.#progress) {
      const hosts = this.#hosts;
      const ports = this.#ports;
      const progress = this.#progress;
      this.#hosts = [];
      this.#ports = [];
      this.#progress = undefined;
      try {
        await this.#persist(async () => {
          // Announcements first: a host that arrived in the same batch supersedes its own.
          await this.#store.hosts.announce(this.#taskId, ports);
          await this.#store.hosts.put(this.#taskId, hosts);
          if (progress) await this.#store.tasks.setProgress(this.#taskId, progress);
        });
      } catch (cause) {
        this.#failure = new PortolanError(
          'storage_failed',
          'What the scan found could not be written to the database.',
          'Free some space or repair the disk, then start Portolan again: it reads what nmap had written from the run folder.',
          { cause },
        );
        this.#onFailure(this.#failure);
        return;
      }
      if (progress) this.#progressStoredAt = Date.now();
      this.#onStored();
    }
  }

  async #persist(write: () => Promise<void>): Promise<void> {
    for (const wait of RETRY_MS) {
      try {
        return await write();
      } catch {
        await delay(wait);
      }
    }
    await write();
  }
}
