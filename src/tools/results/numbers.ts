/** Numbers as people write them. */
/** `1 host`, `1,024 hosts`. */
export function plural(count: number, word: string): string {
  return `${number(count)} ${count === 1 ? word : several(word)}`;
}

const several = (word: string) =>
  word.endsWith('s') ? `${word}es` : word.replace(/([^aeiou])y$/, '$1ie').concat('s');

/** `1,024` */
export const number = (count: number): string => count.toLocaleString('en-US');
