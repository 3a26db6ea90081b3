/** Opens channels for commands on one connection, no more at once than its server takes (sshd_config(5), MaxSessions). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { failed, stopped, unreachable } from './faults.ts';

export interface ExecOptions {
  /** Gives it a terminal that changes nothing of what passes. */
  pty?: boolean;
  /** Ends the waiting for a free channel. */
  signal?: AbortSignal;
  /** Told when it has to wait: how many channels the server lets one connection have. */
  onWait?: (limit: number) => void;
}

/** sshd counts a channel as free a moment after it has closed it. */
const FREE_TRIES = 10;
const FREE_MS = 200;

export class Channels {
  readonly #client: Client;
  readonly #closed: Promise<string>;
  #ended = false;
  /** Those that are open or being opened. */
  #open = 0;
  #limit = Number.POSITIVE_INFINITY;
  readonly #waiting = new Set<() => void>();

  constructor(client: Client, closed: Promise<string>) {
    this.#client = client;
    this.#closed = closed;
    void closed.then(() => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** @throws PortolanError ssh_failed, scanner_unreachable when the connection has ended, interrupted */
  async exec(command: string, { pty = false, signal, onWait }: ExecOptions): Promise<ClientChannel> {
    for (let tries = 1; ; tries += 1) {
      while (this.#open >= this.#limit) {
        onWait?.(this.#limit);
        await this.#change(signal);
      }
      this.#open += 1;
      try {
        const channel = await this.#start(command, pty);
        channel.once('close', () => this.#release());
        return channel;
      } catch (error) {
        this.#release();
        if (!isRefusal(error)) throw this.#explain(error);
        if (this.#open > 0) this.#limit = Math.min(this.#limit, this.#open);
        else if (tries < FREE_TRIES) await delay(FREE_MS);
        else throw noChannel();
      }
    }
  }

  #start(command: string, pty: boolean): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw gone();
      void this.#closed.then(() => reject(gone()));
      const done = (error: Error | undefined, channel: ClientChannel) =>
        error ? reject(error) : resolve(channel);
      if (pty) this.#client.exec(command, { pty: { modes: RAW_TERMINAL } }, done);
      else this.#client.exec(command, done);
    });
  }

  #explain(error: unknown): PortolanError {
    if (error instanceof PortolanError) return error;
    if (this.#ended) return gone();
    const words = error instanceof Error ? error.message : String(error);
    return failed('The SSH server did not run a command', cleanField(words, 200));
  }

  #release(): void {
    this.#open -= 1;
    this.#wake();
  }

  #wake(): void {
    for (const waiter of [...this.#waiting]) waiter();
  }

  /** Resolves when a channel may have become free. */
  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting.delete(settle);
        signal?.removeEventListener('abort', settle);
        if (signal?.aborted) reject(stopped());
        else if (this.#ended) reject(gone());
        else resolve();
      };
      this.#waiting.add(settle);
      signal?.addEventListener('abort', settle);
      if (signal?.aborted || this.#ended) settle();
    });
  }
}

/** Neither echo nor any change of line ends (RFC 4254, section 8). */
const RAW_TERMINAL = { ECHO: 0, OPOST: 0, ONLCR: 0, ISIG: 0, IXON: 0, IXOFF: 0 } as const;

/** The server opened no channel at all (RFC 4254, section 5.1), unlike one in which it did not run the command. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'number';
}

function noChannel(): PortolanError {
  return new PortolanError(
    'ssh_failed',
    'The SSH server opens no channel for a command.',
    'Let it have sessions (MaxSessions of its sshd_config, at least 1), and look into its log.',
    { limit: 'MaxSessions' },
  );
}

function gone(): PortolanError {
  return unreachable('The connection ended before a command could run', 'connection lost');
}
