/** The kinds of value that several settings share, and what is known of a setting beside its type. */

import { BlockList, isIP } from 'node:net';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';

/** Facts about a setting that its type does not tell. */
export interface SettingFacts {
  /** Never shown: not in logs, errors, answers or `check-config`. */
  secret?: boolean;
  /** The default in words, where the value itself depends on the machine. */
  defaultText?: string;
}

export const facts = z.registry<SettingFacts>();

/** An absolute path; `~/` stands for the user's home. Relative ones are refused: they would mean another file per caller. */
export function path() {
  return z
    .string()
    .min(1)
    .transform((text) => (text.startsWith('~/') ? join(homedir(), text.slice(2)) : text))
    .refine(isAbsolute, 'an absolute path, or one that begins with ~/');
}

/** A value nobody gets to see. In a file or the environment it may be `env:NAME` or `file:/path` (see secrets.ts). */
export function secret() {
  return z.string().min(1).max(4096).register(facts, { secret: true });
}

/** An address, or a network in CIDR notation, of either family. */
export const network = z
  .string()
  .refine(isNetwork, 'an address or a network, such as 192.0.2.0/24 or 2001:db8::/48');

/** A host name, `*.` and a domain for every name below it, or `*` for every name. */
export const namePattern = z
  .string()
  .max(253)
  .regex(
    /^(\*|(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?)$/i,
    'a host name, *.domain for every name below a domain, or * for every name',
  );

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
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
