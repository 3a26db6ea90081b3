/** Versions of programs in the order in which people number them. */

/**
 * Below zero when `a` is older. Numbers go by their value, letters by the alphabet (9.2 < 9.2p1 < 9.10), and words of what
 * comes before a release before it (1.0rc1 < 1.0).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.toLowerCase().match(/\d+|[a-z]+/g) ?? []);
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let at = 0; at < length; at += 1) {
    const order = comparePieces(left?.[at], right?.[at]);
    if (order !== 0) return order;
  }
  return 0;
}

const BEFORE_RELEASE: ReadonlySet<string> = new Set([
  'alpha',
  'beta',
  'pre',
  'preview',
  'rc',
  'dev',
  'snapshot',
]);

function comparePieces(a: string | undefined, b: string | undefined): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0 || a === undefined || b === undefined || a === b) return ranks;
  return rank(a) === NUMBER ? Number(a) - Number(b) : a < b ? -1 : 1;
}

const NUMBER = 3;

/** What stands at one place of two versions: a word of before a release, nothing, another word, a number. */
function rank(piece: string | undefined): number {
  if (piece === undefined) return 1;
  if (BEFORE_RELEASE.has(piece)) return 0;
  return /^\d/.test(piece) ? NUMBER : 2;
}
