/** Runs nmap on a scanner: the same AllowedScan, the same argv, its output streamed into the same files here. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { PortolanError } from '../../core/errors.ts';
import { AllowedScan } from '../../policy/authorize.ts';
import { argvFor } from '../command/argv.ts';
import type { Ending, Runner, Scanner } from '../run/runner.ts';
import type { SshConnection } from './connect.ts';
import { appendTo } from './file-end.ts';
import { createLead } from './lead.ts';
import { beginMark, FOLDERS } from './remote-shell.ts';
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
  /** For the account's shell to begin with what it was told. */
  timeoutMs: number;
}

export function createRemoteRunner({ acquire, sudo, lostAfterMs, timeoutMs }: RemoteRunnerOptions): Runner {
  return {
    placesFiles: false,
    local: false,
    reconnectMs: 2 * lostAfterMs,
    // A megabyte: a slow link would carry nothing else for half a minute, our signs of life neither.
    readServices: async () => '',
    async start(scan, { nmap, report, output, phase, signal, say }) {
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
        const onWait = (limit: number) =>
          say(
            `The SSH server of the scanner runs ${limit} ${limit === 1 ? 'command' : 'commands'} at once on one connection (MaxSessions of its sshd_config): the scan waited for its turn.`,
          );
        const channel = await connection.exec(command, { pty: tty, signal, onWait });
        const run = { channel, connection, argv, token, tty, report, output, release };
        return watch({ ...run, lostAfterMs, timeoutMs });
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
  timeoutMs: number;
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
  const lead = createLead(beginMark(token), (bytes) => (tty ? trailer : report).write(bytes));
  const messages = createLead(beginMark(token), (bytes) => trailer.write(bytes));
  channel.on('data', (bytes: Buffer) => lead.write(bytes));
  channel.stderr.on('data', (bytes: Buffer) => messages.write(bytes));
  const begin = setTimeout(() => {
    if (!lead.begun()) channel.close();
  }, run.timeoutMs);

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
    clearTimeout(begin);
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
    if (!lead.begun() && !stopped) return notBegun(lead.said() || messages.said());
    if (exit?.code === NO_FOLDER) return NO_ROOM;
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

/** The check of the scanner went well before, so this comes of something that has changed there since. */
function notBegun(said: string): Ending {
  return {
    ...KILLED,
    error: {
      code: 'ssh_failed',
      message: `The account of the scanner did not run what it was told${said === '' ? '' : `; it said: ${said}`}.`,
      next: 'Look whether its shell or the start files of that (.bashrc, .zshenv) were changed; `portolan doctor --scanner NAME` goes through every step.',
    },
  };
}

const NO_ROOM: Ending = {
  status: NO_FOLDER,
  signal: null,
  error: {
    code: 'ssh_failed',
    message: `The account of the scanner can make no folder for a run in any of ${FOLDERS}.`,
    next: 'Let it write to one of them (mount options, quota).',
  },
};

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
