import * as text from '../texts/messages.js';

/** Controls, line ends, zero-width and direction marks: what would move other text about, or hide. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Words from a scanned machine, as they are: text, its own direction apart, unseen characters made visible. */
export function Untrusted({ children }: { children: string | undefined }) {
  if (children === undefined || children === '') return null;
  return (
    <bdi className="break-words" title={text.untrusted()}>
      {children.replace(
        UNSEEN,
        (one) => `⟨${one.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟩`,
      )}
    </bdi>
  );
}
