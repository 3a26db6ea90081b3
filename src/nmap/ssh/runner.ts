/** Runs nmap on a scanner: the same AllowedScan, the same argv, its output streamed into the same files here. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { PortolanError } from '../../core/errors.ts';
import { AllowedScan } from '../../policy/authorize.ts';
import { argvFor } from '../argv.ts';
import type { Ending, Runner, Scanner } from '../runner.ts';
import type { SshConnection } from './connect.ts';
import { createTrailer } from './trailer.ts';
import { BEAT, endMark, NO_FOLDER, STOP, watchedCommand } from './watchdog.ts';

/** The report's name in nmap's own folder there. */
const REMOTE_REPORT = 'scan.xml';
/** Linux takes no longer single argument (MAX_ARG_STRLEN, execve(2)), and sshd gives the shell the command as one. */
const MAX_COMMAND_BYTES = 120_000;
/** What a scanner may take to close a channel after the end was asked for. */
const CLOSE_GRACE_MS = 3000;

export interface RemoteRunnerOptions {
  /** A connection with a free place; `release` gives the place back. Waits for one as long as it takes. */
  acquire: (signal: AbortSignal) => Promise<{ connection: SshConnection; release: () => void }>;
  sudo: () => boolean;
  /** Silence that ends nmap there, and the run here. */
  lostAfterMs: number;
}

export function createRemoteRunner({ acquire, sudo, lostAfterMs }: RemoteRunnerOptions): Runner {
  return {
    placesFiles: false,
    local: false,
    // A megabyte: a slow link would carry nothing else for half a minute, our signs of life neither.
    readServices: async () => '',
    async start(scan, { nmap, report, output, phase, signal }) {
      if (!AllowedScan.isAllowed(scan)) {
        throw new PortolanError(
          'internal',
          'A scan was started that no policy had allowed.',
          'Report this as a defect.',
        );
      }
      const tty = sudo();
      const argv = argvFor(scan, { xml: REMOTE_REPORT }, phase);
      // With a terminal nmap would take what we tell the watch for keys that somebody presses.
      if (tty) argv.unshift('--noninteractive');
      const token = randomBytes(16).toString('hex');
      const words = [...(tty ? ['sudo', '-n', '--'] : []), nmap.path, ...argv];
      const command = watchedCommand(words, { token, limitSeconds: lostAfterMs / 1000, tty });
      if (Buffer.byteLength(command) > MAX_COMMAND_BYTES) {
        throw new PortolanError(
          'too_many_addresses',
          'The targets make a command that is too long for a scanner.',
          'Scan whole networks or ranges, or fewer addresses at once.',
          { limit: `at most ${MAX_COMMAND_BYTES} bytes` },
        );
      }
      const { connection, release } = await acquire(signal);
      try {
        const channel = await connection.exec(command, { pty: tty });
        return watch({ channel, connection, argv, token, tty, report, output, lostAfterMs, release });
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function watch(run: {
  channel: ClientChannel;
  connection: SshConnection;
  argv: string[];
  token: string;
  tty: boolean;
  report: FileHandle;
  output: FileHandle;
  lostAfterMs: number;
  release: () => void;
}): Scanner {
  const { channel, connection, token, tty } = run;
  const stderr = new PassThrough();
  const onFull = (error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    stderr.write(`portolan: Failed to write output file (${code})\n`);
    channel.close();
  };
  const report = appendTo(run.report, channel, onFull);
  const output = appendTo(run.output, channel, onFull);
  const trailer = createTrailer(endMark(token), {
    body: (bytes) => (tty ? report : output).write(bytes),
    rest: (bytes) => stderr.write(bytes),
  });
  channel.on('data', (bytes: Buffer) => (tty ? trailer.write(bytes) : report.write(bytes)));
  channel.stderr.on('data', (bytes: Buffer) => trailer.write(bytes));

  // Written whether or not anything is to say: silence is what ends nmap there.
  const beat = setInterval(() => say(BEAT), Math.max(250, run.lostAfterMs / 5));
  const say = (word: string) => {
    if (channel.writable) channel.write(word);
  };
  say(BEAT);

  let exit: { code: number | null; signal: string | undefined } | undefined;
  let stopped = false;
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<'closed' | 'gone'>();
  const { promise: connectionLost, resolve: onLost } = Promise.withResolvers<string>();
  channel.on('error', () => {}); // the end of the channel says it too
  channel.once('exit', (code: number | null, signal?: string) => {
    exit = { code, signal };
  });
  channel.once('close', () => onClosed('closed'));
  void connection.closed.then((why) => {
    onLost(why);
    onClosed('gone');
  });

  const conclude = async (): Promise<Ending> => {
    const how = await closed;
    clearInterval(beat);
    trailer.end();
    await Promise.all([report.end(), output.end()]);
    run.release();
    if (report.failed() || output.failed()) return { status: 1, signal: null };
    const status = trailer.status();
    if (status !== undefined) return endingOf(status);
    // The connection may report its own end a moment after that of its channels.
    const why = await Promise.race([connectionLost, soon(exit || stopped ? 0 : 200)]);
    if (how === 'gone' || why !== undefined) {
      return stopped ? KILLED : { status: null, signal: null, connectionLost: why ?? 'the connection ended' };
    }
    if (exit?.code === NO_FOLDER) {
      stderr.write('portolan: no private folder could be made below /tmp of the scanner\n');
      return { status: NO_FOLDER, signal: null };
    }
    return KILLED;
  };

  return {
    pid: 0,
    argv: run.argv,
    stderr,
    ended: conclude().finally(() => stderr.end()),
    stop(graceMs = 2000) {
      if (stopped) return;
      stopped = true;
      if (!connection.isOpen()) return;
      say(STOP);
      // End of file: the watch there kills what is left.
      const end = setTimeout(() => channel.end(), graceMs);
      // A scanner that does not even close the channel is behind a dead link; its watch hears nothing of us either.
      const give = setTimeout(() => {
        channel.close();
        onClosed('gone');
      }, graceMs + CLOSE_GRACE_MS);
      void closed.then(() => {
        clearTimeout(end);
        clearTimeout(give);
      });
    },
  };
}

const KILLED: Ending = { status: null, signal: 'SIGKILL' };

/** A shell's status: above 128 it was a signal (POSIX XCU 2.8.2). */
function endingOf(status: number): Ending {
  const signal = Object.entries(constants.signals).find(([, number]) => number === status - 128)?.[0];
  return status > 128 && signal !== undefined
    ? { status: null, signal: signal as NodeJS.Signals }
    : { status, signal: null };
}

function soon(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}

/** Most bytes that wait for the disk before the scanner is made to wait. */
const MAX_WAITING = 4 * 1024 * 1024;

interface FileEnd {
  write(bytes: Buffer): void;
  /** Resolves when everything is written, or cannot be. */
  end(): Promise<void>;
  failed(): boolean;
}

/** Writes to a file in order; a slow disk pauses the channel instead of filling our memory. */
function appendTo(file: FileHandle, channel: ClientChannel, onFailure: (error: unknown) => void): FileEnd {
  let waiting = 0;
  let failed = false;
  let last: Promise<void> = Promise.resolve();
  return {
    write(bytes) {
      if (failed) return;
      waiting += bytes.length;
      if (waiting > MAX_WAITING) pauseBoth(channel, true);
      last = last
        .then(() => (failed ? undefined : file.appendFile(bytes)))
        .catch((error: unknown) => {
          failed = true;
          onFailure(error);
        })
        .finally(() => {
          waiting -= bytes.length;
          if (waiting === 0) pauseBoth(channel, false);
        });
    },
    end: () => last,
    failed: () => failed,
  };
}

function pauseBoth(channel: ClientChannel, pause: boolean): void {
  for (const stream of [channel, channel.stderr]) {
    if (pause) stream.pause();
    else stream.resume();
  }
}
