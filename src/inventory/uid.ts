/** Public ids that follow from what they name, so that a rebuild names everything as before. */
import { createHash } from 'node:crypto';

const LETTERS = { asset: 'a', event: 'e' } as const;

/** The public id of an asset or event of this site: a letter, `_` and 16 characters. */
export function stableUid(site: string): (of: keyof typeof LETTERS, seed: string) => string {
  return (of, seed) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([site, of, seed]))
      .digest('base64url');
    return `${LETTERS[of]}_${hash.slice(0, 16)}`;
  };
}
