/** What a setting is, and the kinds of value that several settings share. */
import { BlockList, isIP } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { isPostgres } from '../core/database-address.ts';

/**
 * One setting as declared. Its type is built only when somebody gives it a value or asks about it: a start that takes
 * the defaults builds none, which saves it a fifth of its time.
 */
export interface Declared<T> {
  /** A sentence for the reference and the template. */
  about: string;
  type: () => z.ZodType<T>;
  /** What it is when nobody says anything; undefined when there is no such thing. */
  fallback: () => T | undefined;
  optional: boolean;
  /** The default in words, where the value depends on the machine. */
  defaultText?: string;
  /** Never shown: not in logs, errors, answers or `check-config`. */
  secret?: boolean;
  /** Fields of its entries that are never shown. */
  secretFields?: readonly string[];
  /** It may be given as `env:NAME` or `file:/path`, as secrets may. */
  refers?: boolean;
  /** It as it may be shown, and what of it may not be. */
  shown?: (value: string) => string;
  secretIn?: (value: string) => string | undefined;
}

export interface Required<T> extends Declared<T> {
  optional: false;
}
export interface Optional<T> extends Declared<T> {
  optional: true;
}

type Facts = Pick<Declared<unknown>, 'defaultText' | 'secretFields' | 'refers' | 'shown' | 'secretIn'>;

/** A setting with a default. */
export function setting<T>(
  about: string,
  type: () => z.ZodType<T>,
  fallback: () => T,
  facts: Facts = {},
): Required<T> {
  return { about, type, fallback, optional: false, ...facts };
}

/** A setting that may stay without a value. */
export function optional<T>(about: string, type: () => z.ZodType<T>, facts: Facts = {}): Optional<T> {
  return { about, type, fallback: () => undefined, optional: true, ...facts };
}

/** A value nobody gets to see. In a file or the environment it may be `env:NAME` or `file:/path` (see secrets.ts). */
export function secret(about: string): Optional<string> {
  return { about, type: text, fallback: () => undefined, optional: true, secret: true };
}

export function flag(about: string, fallback: boolean): Required<boolean> {
  return setting(
    about,
    () => z.boolean(),
    () => fallback,
  );
}

/** A whole number. */
export function count(
  about: string,
  [least, most]: readonly [number, number],
  fallback: number,
): Required<number> {
  return setting(
    about,
    () => z.int().min(least).max(most),
    () => fallback,
  );
}

export function amount(
  about: string,
  [least, most]: readonly [number, number],
  fallback: number,
): Required<number> {
  return setting(
    about,
    () => z.number().min(least).max(most),
    () => fallback,
  );
}

/** One of some words. */
export function choice<T extends string>(
  about: string,
  words: readonly T[],
  fallback: NoInfer<T>,
): Required<T> {
  return setting(
    about,
    () => z.enum(words),
    () => fallback,
  );
}

export function list<T>(about: string, element: () => z.ZodType<T>, facts: Facts = {}): Required<T[]> {
  return setting(
    about,
    () => z.array(element()),
    () => [],
    facts,
  );
}

export function text(): z.ZodType<string> {
  return z.string().min(1).max(4096);
}

/** An address of the web. */
export function webAddress(): z.ZodType<string> {
  return z
    .string()
    .max(2048)
    .refine(
      (given) => /^https?:$/.test(URL.parse(given)?.protocol ?? ''),
      'an address that begins with https:// or http://',
    );
}

/** An absolute path; `~/` stands for the user's home. Relative ones are refused: they would mean another file per caller. */
export function path(): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .transform((given) => (given.startsWith('~/') ? join(homedir(), given.slice(2)) : given))
    .refine(isAbsolute, 'an absolute path, or one that begins with ~/');
}

const placeIn = (folder: string, given: string) =>
  resolve(folder, given.startsWith('~/') ? join(homedir(), given.slice(2)) : given);

/** A file, where a relative path is one in `folder`, the same for whoever starts us; or the address of a PostgreSQL database. */
export function database(folder: () => string): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .max(4096)
    .transform((given) => (isPostgres(given) ? given : placeIn(folder(), given)))
    .refine(
      (given) => !isPostgres(given) || URL.canParse(given),
      'a file, or an address as postgres://user@host:5432/name',
    );
}

/** A program: its path, or its bare name to be found in PATH. */
export function program(): z.ZodType<string> {
  return z
    .string()
    .min(1)
    .transform((given) => (given.startsWith('~/') ? join(homedir(), given.slice(2)) : given))
    .refine(
      (given) => isAbsolute(given) || /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(given),
      'the name of a program, an absolute path, or one that begins with ~/',
    );
}

/** An address, or a network in CIDR notation, of either family. */
export function network(): z.ZodType<string> {
  return z.string().refine(isNetwork, 'an address or a network, such as 192.0.2.0/24 or 2001:db8::/48');
}

/** A host name, `*.` and a domain for every name below it, or `*` for every name. */
export function namePattern(): z.ZodType<string> {
  return z
    .string()
    .max(253)
    .regex(
      /^(\*|(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?)$/i,
      'a host name, *.domain for every name below a domain, or * for every name',
    );
}

/** The name of an nmap script, without `.nse`. */
export function scriptName(): z.ZodType<string> {
  return z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'the name of an nmap script, such as http-enum');
}

function isNetwork(given: string): boolean {
  const [address = '', prefix, ...rest] = given.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^\d{1,3}$/.test(prefix)) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}
