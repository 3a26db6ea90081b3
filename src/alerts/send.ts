/** Hands one message to one channel, and says in words why it did not arrive. No secret leaves by those words. */
import { readFileSync } from 'node:fs';
import type { AlertChannel } from '../core/alert.ts';
import { cleanField } from '../core/clean.ts';
import { PortolanError } from '../core/errors.ts';
import type { ChannelContext, Sent } from './channel.ts';
import { channelKind } from './channels/index.ts';
import type { Message } from './message.ts';
import { ChannelFailure } from './outgoing/failure.ts';
import { type OutgoingRules, pin } from './outgoing/pin.ts';
import { post } from './outgoing/post.ts';

/** What sending needs of the process. */
export interface Surroundings extends OutgoingRules {
  /** The secret that a reference names. @throws PortolanError `invalid_config` */
  secret: (reference: string, of: string) => string;
  filesFolder: () => string;
}

/** For one message, all in all. */
const TIMEOUT_MS = 30_000;

/** @throws ChannelFailure */
export async function send(
  channel: Pick<AlertChannel, 'name' | 'kind' | 'config'>,
  message: Message,
  around: Surroundings,
): Promise<Sent> {
  const kind = channelKind(channel.kind);
  if (kind === undefined)
    throw new ChannelFailure(`This Portolan knows no channel of the kind ${channel.kind}.`);
  const secrets: string[] = [];
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const context: ChannelContext = {
    post: (ask) => post(ask, around, signal),
    pin: (host) => pin(host, around),
    secret: (reference) => {
      const secret = around.secret(reference, `The channel ${channel.name}`);
      secrets.push(secret, ...partsOf(secret));
      return secret;
    },
    ca: (path) => (path === undefined ? undefined : readCa(path)),
    filesFolder: around.filesFolder(),
    signal,
    name: channel.name,
  };
  try {
    return await inTime(kind.send(message, channel.config, context), signal);
  } catch (error) {
    throw inWords(error, secrets);
  }
}

/** A library that does not know of the signal is not waited for either. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => reject(new ChannelFailure(`It took longer than ${TIMEOUT_MS / 1000} s.`));
  signal.addEventListener('abort', late, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', late);
  }
}

function inWords(error: unknown, secrets: readonly string[]): ChannelFailure {
  if (error instanceof ChannelFailure) {
    const { final, afterMs } = error;
    return new ChannelFailure(cleanField(withoutSecrets(error.message, secrets), 600), { final, afterMs });
  }
  if (error instanceof PortolanError) return new ChannelFailure(`${error.message} ${error.next}`);
  const said = error instanceof Error ? error.message : String(error);
  return new ChannelFailure(cleanField(withoutSecrets(said, secrets), 300));
}

/** Of an address that is a secret, what makes it one: a service may repeat that part alone. */
const partsOf = (secret: string): string[] =>
  URL.canParse(secret)
    ? secret.split(/[/?&=#]/).filter((part) => part.length >= 8 && !part.includes('.'))
    : [];

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '[hidden]')), text);
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ChannelFailure(`The file ${path} of the channel's "ca" cannot be read.`, { cause });
  }
}
