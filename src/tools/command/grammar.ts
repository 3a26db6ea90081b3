/** What the value of a flag may be. A flag that is not in a tool's table cannot be said. */

export interface Grammar {
  /** In words, for the message when a value does not fit: `a whole number from 1 to 10`. */
  accepts: string;
  /** The value as it is given to the program; undefined when it does not fit. */
  parse(text: string): string | undefined;
}

export function wholeNumber(least: number, most: number): Grammar {
  return {
    accepts: `a whole number from ${least} to ${most}`,
    parse: (text) => inRange(/^\d{1,9}$/, text, least, most),
  };
}

/** With at most three digits behind the point. */
export function decimal(least: number, most: number): Grammar {
  return {
    accepts: `a number from ${least} to ${most}`,
    parse: (text) => inRange(/^\d{1,9}(\.\d{1,3})?$/, text, least, most),
  };
}

export function oneOf(...words: readonly [string, ...string[]]): Grammar {
  return {
    accepts: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text),
  };
}

/** Text that fits `pattern` as a whole. Never one that begins like an option. */
export function matching(pattern: RegExp, accepts: string): Grammar {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''));
  return { accepts, parse: (text) => (whole.test(text) && !text.startsWith('-') ? text : undefined) };
}

/** For a flag that stands alone. */
export const NO_VALUE = null;

/** The flags that a caller may give, each with the grammar of its value, or {@link NO_VALUE}. */
export type FlagTable = Readonly<Record<string, Grammar | typeof NO_VALUE>>;

function inRange(pattern: RegExp, text: string, least: number, most: number): string | undefined {
  const value = Number(text);
  return pattern.test(text) && value >= least && value <= most ? String(value) : undefined;
}
