/** `key=value` words of a role's command line. */
export interface Options {
  text(key: string, otherwise?: string): string;
  number(key: string, otherwise: number): number;
  /** Numbers with commas between. */
  list(key: string): number[];
  has(key: string): boolean;
}

export function options(words: string[]): Options {
  const given = new Map(
    words.map((word): [string, string] => {
      const cut = word.indexOf('=');
      return cut < 0 ? [word, ''] : [word.slice(0, cut), word.slice(cut + 1)];
    }),
  );
  const text = (key: string, otherwise?: string) => {
    const value = given.get(key) ?? otherwise;
    if (value === undefined) throw new Error(`${key}= is missing`);
    return value;
  };
  return {
    text,
    number: (key, otherwise) => Number(text(key, String(otherwise))),
    list: (key) => text(key).split(',').map(Number),
    has: (key) => given.has(key),
  };
}
