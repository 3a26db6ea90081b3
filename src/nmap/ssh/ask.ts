/** Asks a scanner something: a script that says what it found and ends. */
import { randomBytes } from 'node:crypto';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { SshConnection } from './connect.ts';
import { createLead } from './lead.ts';
import { beginMark, shellCommand } from './remote-shell.ts';

const MAX_OUTPUT = 1024 * 1024;

/** What a script said. */
export interface Answer {
  text: string;
  /** Whether our script ran at all; else what came `instead`. */
  begun: boolean;
  instead: string;
}

/**
 * What a script that ends by itself prints. A terminal merges its messages into that.
 * @throws PortolanError ssh_failed, scanner_unreachable
 */
export async function ask(
  connection: SshConnection,
  script: string,
  words: readonly string[],
  { timeoutMs, pty = false }: { timeoutMs: number; pty?: boolean },
): Promise<Answer> {
  const token = randomBytes(16).toString('hex');
  const late = AbortSignal.timeout(timeoutMs);
  let limit: number | undefined;
  const onWait = (channels: number) => {
    limit = channels;
  };
  const channel = await connection
    .exec(shellCommand(script, token, words), { pty, signal: late, onWait })
    .catch((error: unknown) => {
      throw late.aborted ? busy(limit ?? 1) : error;
    });
  const chunks: Buffer[] = [];
  let messages = '';
  let size = 0;
  const lead = createLead(beginMark(token), (bytes) => {
    size += bytes.length;
    chunks.push(bytes);
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      channel.close();
      const words = lead.begun() || lead.said() === '' ? why : `${why}; it said: ${lead.said()}`;
      reject(new PortolanError('ssh_failed', `A scanner did not say what it has (${words}).`, ASK_NEXT));
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    channel
      .on('data', (bytes: Buffer) => {
        lead.write(bytes);
        if (size > MAX_OUTPUT) fail('too long an answer');
      })
      .on('error', () => {})
      .once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    channel.stderr.on('data', (bytes: Buffer) => {
      messages = `${messages}${bytes.toString('utf8')}`.slice(-200);
    });
    channel.end();
    void connection.closed.then((why) => fail(why));
  });
  return {
    text: Buffer.concat(chunks).toString('utf8'),
    begun: lead.begun(),
    instead: lead.said() || cleanField(messages.trim(), 200),
  };
}

const ASK_NEXT =
  'Try again; look whether the start files of its shell (.bashrc, .zshenv) wait for something. `portolan doctor --scanner NAME` goes through every step.';

function busy(limit: number): PortolanError {
  return new PortolanError(
    'ssh_failed',
    'A scanner could not be asked what it has: its scans use every channel that its SSH server allows.',
    'Wait until one of them has ended, or raise MaxSessions in its sshd_config.',
    { limit: `${limit} at once on one connection (MaxSessions)` },
  );
}
