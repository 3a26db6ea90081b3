/** Takes secrets out of what is written down: by name, and wherever else they turn up, by value. */
import { createHash } from 'node:crypto';

export const HIDDEN = '[hidden]';

/** Names of fields whose values are never written down, whoever chose them. */
export const SECRET_NAMES = [
  'token',
  'auth_token',
  'authorization',
  'password',
  'ssh_pwd',
  'passphrase',
  'secret',
  'apiKey',
  'hash',
  'cookie',
] as const;

const SECRET_NAME = new Set<string>(SECRET_NAMES.map((name) => name.toLowerCase()));

/** Replaces every one of `secrets` in a text, also in the form that JSON gives it. */
export function secretHider(secrets: readonly string[]): (text: string) => string {
  // Within a JSON line a secret is escaped as JSON escapes it. Longest first, as one may contain another.
  const forms = [...new Set(secrets.flatMap((one) => [one, JSON.stringify(one).slice(1, -1)]))]
    .filter((form) => form !== '')
    .sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text);
}

/** Bounds of one redacted value: what a caller sends is not written down without end. */
const MOST = { depth: 6, entries: 64, characters: 2048 };

/** A copy of what somebody sent, without secrets, bounded in size. */
export function redactValue(value: unknown, hide: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') {
    const shown = hide(value);
    if (shown.length <= MOST.characters) return shown;
    const whole = createHash('sha256').update(shown).digest('hex');
    return `${shown.slice(0, MOST.characters)}…[cut ${shown.length - MOST.characters}; SHA-256 of all ${whole}]`;
  }
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || depth >= MOST.depth) return `[${typeof value}]`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST.entries).map((one) => redactValue(one, hide, depth + 1));
    return value.length > MOST.entries ? [...shown, `[${value.length - MOST.entries} more]`] : shown;
  }
  return redactFields(value, hide, depth);
}

/** As {@link redactValue}, of what has names. */
export function redactFields(
  fields: object,
  hide: (text: string) => string,
  depth = 0,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, one]) => one !== undefined)
      .slice(0, MOST.entries)
      .map(([name, one]) => [
        hide(name.slice(0, 128)),
        SECRET_NAME.has(name.toLowerCase()) ? HIDDEN : redactValue(one, hide, depth + 1),
      ]),
  );
}
