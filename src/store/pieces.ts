/** Lists in pieces that one statement can hold. Without the builder of statements, for those who have none. */
export function* inPieces<T>(all: readonly T[], most = 1000): Generator<T[]> {
  for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
}
