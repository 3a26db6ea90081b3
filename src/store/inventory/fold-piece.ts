/** What a fold writes, in pieces that are small enough for one transaction each. */
import type { Asset } from '../../core/asset.ts';
import type { Folded, Tested } from '../../core/fold.ts';
import type { Look } from '../../core/look.ts';
import { askedSpans } from './asked-spans.ts';
import { type AssetChange, changeOf } from './asset-change.ts';
import { lastAsked } from './confirmed.ts';

/** Hosts of a piece. */
const HOSTS = 500;
/** Rows of other kinds in a piece. */
const ROWS = 2000;

/** Plain values only: a piece of a large fold waits as JSON until it is written. */
export interface FoldPiece {
  assets: AssetChange[];
  tested: Folded['tested'];
  coverage: Look['coverage'];
  /** What of the coverage counts as asked. */
  asked: Look['coverage'];
  gaps: Look['gaps'];
  events: Folded['events'];
  closed: Folded['closed'];
  suppressed: Folded['suppressed'];
  notes: Folded['notes'];
  memory: Folded['memory'];
}

/**
 * Cuts what came of a look into pieces. Assets come first, as all others refer to them.
 * @param known the assets as they were loaded, and when what of them had been tested.
 */
export function piecesOf(
  known: { assets: readonly Asset[]; tested: readonly Tested[] },
  look: Look,
  folded: Folded,
): FoldPiece[] {
  const before = new Map(known.assets.map((asset) => [asset.uid, asset]));
  const testedBefore = Map.groupBy(known.tested, ({ asset }) => asset);
  const testedNow = Map.groupBy(folded.tested, ({ asset }) => asset);
  const changes = folded.assets.flatMap((asset): AssetChange[] => {
    const [old = [], now = []] = [testedBefore.get(asset.uid), testedNow.get(asset.uid)];
    const asked = { before: lastAsked(old), after: lastAsked([...old, ...now]) };
    const change = changeOf(before.get(asset.uid), asset, look.endedAt, asked);
    return change ? [change] : [];
  });
  const pieces: FoldPiece[] = [];
  const pieceAt = (at: number): FoldPiece => {
    const piece = pieces[at] ?? emptyPiece();
    pieces[at] = piece;
    return piece;
  };
  inPieces(changes, HOSTS, (some, at) => {
    pieceAt(at).assets = some;
  });
  // An event, or what was tested, may concern an asset of the last piece.
  const last = Math.max(pieces.length - 1, 0);
  inPieces(folded.tested, ROWS, (some, at) => {
    pieceAt(last + at).tested = some;
  });
  inPieces(askedSpans(look), ROWS, (some, at) => {
    pieceAt(at).asked = some;
  });
  inPieces(look.gaps, ROWS, (some, at) => {
    pieceAt(at).gaps = some;
  });
  inPieces(folded.suppressed, ROWS, (some, at) => {
    pieceAt(at).suppressed = some;
  });
  inPieces(folded.notes, ROWS, (some, at) => {
    pieceAt(at).notes = some;
  });
  inPieces(folded.closed, ROWS, (some, at) => {
    pieceAt(last + at).closed = some;
  });
  // Behind all that they speak of.
  const end = Math.max(pieces.length - 1, 0);
  inPieces(folded.events, ROWS, (some, at) => {
    pieceAt(end + at).events = some;
  });
  const first = pieceAt(0);
  first.coverage = look.coverage;
  first.memory = folded.memory;
  return pieces;
}

function emptyPiece(): FoldPiece {
  return {
    assets: [],
    tested: [],
    coverage: [],
    asked: [],
    gaps: [],
    events: [],
    closed: [],
    suppressed: [],
    notes: [],
    memory: {},
  };
}

function inPieces<T>(all: readonly T[], most: number, take: (some: T[], at: number) => void): void {
  for (let at = 0; at * most < all.length; at += 1) take(all.slice(at * most, (at + 1) * most), at);
}
