/** Controls, line ends, zero-width and direction marks: what would move other text about, or hide. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Words from a scanned machine with each unseen character written as its number: `⟨202E⟩`. */
export function visible(words: string): string {
  return words.replace(
    UNSEEN,
    (one) => `⟨${one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}
