/**
 * The boolean expressions of --script: names, categories and patterns with `and`, `or`, `not` and parentheses (nmap
 * manual, chapter NSE, "Script Selection"). Files, folders and `+` are no words of it.
 */
import { PortolanError } from '../core/errors.ts';

export type ScriptExpression =
  | { kind: 'word'; word: string }
  | { kind: 'not'; of: ScriptExpression }
  | { kind: 'and' | 'or'; of: ScriptExpression[] };

const WORD = /^[a-z0-9*?][a-z0-9*?._-]{0,79}$/;
const MOST_TOKENS = 128;
const DEEPEST = 16;

/** Reads one expression; undefined when it is none. Throws PortolanError for one that nmap reads unlike its manual. */
export function parseExpression(text: string): ScriptExpression | undefined {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  if (tokens.length > MOST_TOKENS) return undefined;
  const reader = new Reader(tokens);
  const expression = reader.expression(0);
  return reader.isAtEnd ? expression : undefined;
}

/** Reads the precedence of the manual: `not` binds most, then `and`, then `or`. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  expression(depth: number): ScriptExpression | undefined {
    const parts: ScriptExpression[] = [];
    do {
      const part = this.#conjunction(depth);
      if (!part) return undefined;
      // nmap 7.93 reads `a and b or c` as `a and (b or c)`, its manual as `(a and b) or c`.
      if (part.kind === 'and' && !this.#closed && this.#peek('or')) throw ambiguous();
      parts.push(part);
    } while (this.#take('or'));
    return join('or', parts);
  }

  #conjunction(depth: number): ScriptExpression | undefined {
    const parts: ScriptExpression[] = [];
    do {
      const part = this.#value(depth);
      if (!part) return undefined;
      parts.push(part);
    } while (this.#take('and'));
    this.#closed = parts.length === 1;
    return join('and', parts);
  }

  /** The last conjunction was a single value, so that what it holds stands in parentheses. */
  #closed = false;

  #value(depth: number): ScriptExpression | undefined {
    if (depth > DEEPEST) return undefined;
    if (this.#take('not')) {
      const of = this.#value(depth + 1);
      return of && { kind: 'not', of };
    }
    if (this.#take('(')) {
      const inner = this.expression(depth + 1);
      return inner && this.#take(')') ? inner : undefined;
    }
    const word = this.#tokens[this.#at]?.replace(/\.nse$/, '');
    if (word === undefined || !WORD.test(word) || /^(and|or|true|false)$/.test(word)) return undefined;
    if (word.replace(/[^*]/g, '').length > 2) return undefined;
    this.#at += 1;
    return { kind: 'word', word };
  }

  #peek(token: string): boolean {
    return this.#tokens[this.#at]?.toLowerCase() === token;
  }

  #take(token: string): boolean {
    const isThere = this.#peek(token);
    if (isThere) this.#at += 1;
    return isThere;
  }
}

function join(kind: 'and' | 'or', parts: ScriptExpression[]): ScriptExpression | undefined {
  return parts.length > 1 ? { kind, of: parts } : parts[0];
}

function ambiguous(): PortolanError {
  return new PortolanError(
    'invalid_option',
    'An expression of --script has "and" before "or" without parentheses, which nmap and its manual read differently.',
    'Write the parentheses, as in: "(default and safe) or http-title".',
  );
}

/** The words of an expression. */
export function wordsOf(expression: ScriptExpression): string[] {
  switch (expression.kind) {
    case 'word':
      return [expression.word];
    case 'not':
      return wordsOf(expression.of);
    default:
      return expression.of.flatMap(wordsOf);
  }
}

/** Whether an expression holds, given which of its words do. */
export function holds(expression: ScriptExpression, isTrue: (word: string) => boolean): boolean {
  switch (expression.kind) {
    case 'word':
      return isTrue(expression.word);
    case 'not':
      return !holds(expression.of, isTrue);
    case 'and':
      return expression.of.every((part) => holds(part, isTrue));
    case 'or':
      return expression.of.some((part) => holds(part, isTrue));
  }
}

/** In nmap's words, with parentheses wherever two operators meet. */
export function writeExpression(expression: ScriptExpression): string {
  const inner = (part: ScriptExpression) =>
    part.kind === 'and' || part.kind === 'or' ? `(${writeExpression(part)})` : writeExpression(part);
  switch (expression.kind) {
    case 'word':
      return expression.word;
    case 'not':
      return `not ${inner(expression.of)}`;
    default:
      return expression.of.map(inner).join(` ${expression.kind} `);
  }
}
