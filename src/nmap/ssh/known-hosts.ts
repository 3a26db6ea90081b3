/**
 * known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain, wildcard and hashed names, ports, @revoked.
 * Lines of a @cert-authority are skipped: certificates are not asked for, so no such line can make a key trusted.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface KnownHostLine {
  marker?: 'revoked';
  /** The patterns as written. */
  hosts: string;
  /** `ssh-ed25519`, … */
  type: string;
  key: Buffer;
  /** `file:line`, for messages. */
  where: string;
}

export type KeyVerdict =
  | { status: 'trusted' }
  /** No line is about this host. */
  | { status: 'unknown' }
  /** Lines are about it, but none has this key; `where` is the first of them. */
  | { status: 'changed'; where: string }
  | { status: 'revoked'; where: string };

/** Lines that cannot be read are skipped, as ssh does: they only ever make fewer keys trusted. */
export function parseKnownHosts(text: string, file: string): KnownHostLine[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim().split(/[ \t]+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts, type, base64] = words;
    if (hosts === undefined || hosts.startsWith('#') || type === undefined || base64 === undefined) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    const key = Buffer.from(base64, 'base64');
    if (keyType(key) !== type) return [];
    const where = `${file}:${index + 1}`;
    return [{ hosts, type, key, where, ...(marker ? { marker: 'revoked' as const } : {}) }];
  });
}

/** @param host with its port as `hostPort` writes it. @param key the host key as the server sent it. */
export function judgeKey(lines: readonly KnownHostLine[], host: string, key: Buffer): KeyVerdict {
  const mine = lines.filter((line) => matchesHost(line.hosts, host));
  const revoked = mine.find((line) => line.marker === 'revoked' && same(line.key, key));
  if (revoked) return { status: 'revoked', where: revoked.where };
  const trusted = mine.filter((line) => line.marker === undefined);
  if (trusted.some((line) => same(line.key, key))) return { status: 'trusted' };
  const [first] = trusted;
  return first ? { status: 'changed', where: first.where } : { status: 'unknown' };
}

/** Types of the keys that are known of a host: to ask the server for one of these first. */
export function knownTypes(lines: readonly KnownHostLine[], host: string): string[] {
  return [
    ...new Set(
      lines
        .filter((line) => line.marker === undefined && matchesHost(line.hosts, host))
        .map(({ type }) => type),
    ),
  ];
}

/** Comma-separated patterns with `*`, `?` and `!`, or one name as `|1|salt|HMAC-SHA1(salt, name)`. */
export function matchesHost(patterns: string, host: string): boolean {
  const name = host.toLowerCase();
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(patterns);
  if (hashed) {
    const [, salt = '', hash = ''] = hashed;
    const mac = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
    return same(mac, Buffer.from(hash, 'base64'));
  }
  let matched = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** Greedy with one step back, so that no pattern of a file can take more than length times length steps. */
function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < name.length; ) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      retry = index;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      index = retry;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** `SHA256:…` as `ssh-keygen -lf` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in wire format names (RFC 4253, section 6.6); empty when it is no key. */
export function keyType(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0;
  const name = key.subarray(4, 4 + length).toString('latin1');
  return length > 0 && name.length === length && /^[a-z0-9@.-]{1,64}$/.test(name) ? name : '';
}

export function knownHostLine(host: string, key: Buffer): string {
  return `${host} ${keyType(key)} ${key.toString('base64')}\n`;
}

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
