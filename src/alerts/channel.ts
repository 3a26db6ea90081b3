/** What a channel is: one file in channels/ exports one object made by {@link defineChannel}, and channels/index.ts lists it. */
import { z } from 'zod';
import type { Message } from './message.ts';
import type { Pinned } from './outgoing/pin.ts';
import type { Post } from './outgoing/post.ts';

/** What a channel may use. It reaches nothing else. */
export interface ChannelContext {
  /** One request over HTTP, to an address that was judged. */
  post: Post;
  /** Where a host is, judged: connections that are no HTTP go there. */
  pin: (host: string) => Promise<Pinned>;
  /** What a reference names. */
  secret: (reference: string) => string;
  /** Content of a PEM file, where the channel names one. */
  ca: (path: string | undefined) => string | undefined;
  /** Folder of the files that channels write (alerts.filesFolder). */
  filesFolder: string;
  /** Aborted when it has taken too long. */
  signal: AbortSignal;
  /** Name of the channel. */
  name: string;
}

export interface Sent {
  /** What the receiver calls the message: later ones about the same incident answer to it. */
  receipt?: string;
}

export interface ChannelKind<Config> {
  kind: string;
  title: string;
  /** One sentence for docs/alerts.md and `portolan alerts kinds`. */
  about: string;
  /** Strict. Secrets are fields of {@link secretReference}. */
  config: z.ZodType<Config>;
  /** A configuration as one would write it. */
  example: Readonly<Record<string, unknown>>;
  /** Incidents that one message can carry as data; people get a sample of ten. */
  bulk: number;
  /** @throws ChannelFailure in words */
  send: (message: Message, config: Config, context: ChannelContext) => Promise<Sent>;
}

/** One whose type of configuration has been forgotten. */
export interface AnyChannel extends Omit<ChannelKind<unknown>, 'send'> {
  send: (message: Message, config: unknown, context: ChannelContext) => Promise<Sent>;
}

export function defineChannel<Config>(kind: ChannelKind<Config>): AnyChannel {
  return {
    ...kind,
    send: async (message, config, context) => await kind.send(message, kind.config.parse(config), context),
  };
}

/** A message for people: nobody reads more than a sample. */
export const FOR_PEOPLE = 10;
/** For programs, which want all of it. */
export const FOR_PROGRAMS = 1000;

/** Where a secret is; the secret itself is never written down. */
export const secretReference = () =>
  z
    .string()
    .max(1024)
    .regex(/^(env:[A-Za-z_]\w*|file:\/.+)$/, 'env:NAME or file:/path, never the secret itself');

export const hostName = () =>
  z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9a-fA-F:]+$/, 'a host name or an address');

export const portNumber = () => z.coerce.number().int().min(1).max(65_535);

export const webAddress = () =>
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s@]+$/, 'an address such as https://host.example/path, without a password in it');

/** A PEM file of authorities. */
export const caFile = () => z.string().max(1024).regex(/^\/.+/, 'the path of a PEM file').optional();
