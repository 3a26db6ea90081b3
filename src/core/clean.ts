/**
 * Strings that came from the network (banners, names, certificates, script output) can carry terminal escapes,
 * invisible characters and text direction tricks. They are cleaned once, where they enter, so that everything
 * behind that border may print them.
 */

// Control, format (bidi marks, tags), private, surrogate and unassigned characters, line and paragraph separators, and
// whatever Unicode draws as nothing. Tab and newline apart. See Unicode TR36 and "Trojan Source" (Boucher, Anderson 2021).
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Longest single field we keep (a banner, a name). Script output has its own, larger limit. */
export const MAX_FIELD = 1024;
/** Longest script output we keep, in UTF-16 units; more is cut and said so. */
export const MAX_SCRIPT_OUTPUT = 16_384;

/**
 * One line of untrusted text made safe to print: unsafe characters become `\xNN`/`\u{…}` escapes in plain ASCII (so
 * nothing is silently lost), newlines and tabs become spaces, and the length is bounded (`…[cut N]` says how much).
 */
export function cleanField(text: string, max: number = MAX_FIELD): string {
  return cut(text.replace(/[\t\n\r]+/g, ' ').replace(UNSAFE, escapeUnsafe), max);
}

/** Several lines of untrusted text: as {@link cleanField}, but newlines and tabs stay. */
export function cleanText(text: string, max: number = MAX_SCRIPT_OUTPUT): string {
  return cut(text.replace(/\r\n?/g, '\n').replace(UNSAFE, escapeUnsafe), max);
}

/** Every string within a value, and every name, made safe to print. */
export function cleanDeep(
  value: unknown,
  clean: (text: string) => string = (text) => cleanText(text, Number.POSITIVE_INFINITY),
): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((one) => cleanDeep(one, clean));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [cleanField(key), cleanDeep(part, clean)]),
  );
}

/** JSON text whose strings are what they were, written so that nothing in it can act on who reads it as text. */
export function escapeInJson(json: string): string {
  return json.replace(UNSAFE, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function escapeUnsafe(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…[cut ${text.length - max}]`;
}
