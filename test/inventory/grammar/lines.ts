/** Files of cases: one case a line, its fields between semicolons, `#` before a comment. */
export interface CaseLine {
  id: string;
  fields: readonly string[];
  /** Where it stands, for messages: `file:12`. */
  place: string;
}

/** A case that cannot be read; the message names it. */
export class CaseError extends Error {}

export function caseLines(text: string, file: string): CaseLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const fields = line.split(';').map((field) => field.trim());
    const [id = ''] = fields;
    return [{ id, fields, place: `${file}:${index + 1}` }];
  });
}

/** What came of a case. */
export interface CaseResult {
  id: string;
  right: boolean;
  expected: string;
  came: string;
  why: string;
}

/** A short word as 12 digits of a MAC or 64 of a hash, always the same ones. */
export function digitsOf(word: string, count: number): string {
  let digits = '';
  for (let round = 0; digits.length < count; round += 1) {
    let hash = 0x811c9dc5 + round * 7919;
    for (const letter of word) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    digits += hash.toString(16).padStart(8, '0');
  }
  return digits.slice(0, count);
}

/**
 * A MAC of a case: six or more hexadecimal digits are the beginning of a real one; any other word stands for some card of a
 * maker, or a made-up one.
 */
export function macOf(word: string, kind: 'card' | 'random'): string {
  const hex = word.toLowerCase().replace(/[:-]/g, '');
  const prefix = /^[0-9a-f]{6,12}$/.test(hex) ? hex : kind === 'card' ? '00a0c9' : '02c0de';
  const fill = prefix === '00005e' ? '000107' : digitsOf(word, 12);
  const digits = (prefix + (prefix === hex || prefix === '00005e' ? fill : digitsOf(word, 6))).slice(0, 12);
  return (digits.match(/../g) ?? []).join(':');
}
