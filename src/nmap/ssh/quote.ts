/** Words for a remote shell. SSH carries one string, which the user's shell there reads (RFC 4254, section 6.5). */

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The word in single quotes where any shell could see more in it than a word (POSIX XCU 2.2.2). */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('No shell can be given a zero byte.');
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}
