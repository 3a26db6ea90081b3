/**
 * The job that makes knowledge of looks: takes them off the queue in the order in which they were observed, has the rules
 * decide what they mean, and has that written. It may die at any moment, and several may work at the same time: a fold is
 * taken whole or not at all, and only by whoever read the site as it is (store/inventory/folds.ts).
 */
import { randomUUID } from 'node:crypto';
import { PortolanError } from '../core/errors.ts';
import type { Folded, Known } from '../core/fold.ts';
import type { Look } from '../core/look.ts';
import { NotRead } from '../core/settled.ts';
import { piecesOf } from '../store/inventory/fold-piece.ts';
import type { StoredLook } from '../store/inventory/looks.ts';
import type { Store } from '../store/store.ts';
import { Baseline } from './expectations/baseline.ts';
import { foldLook, type FoldOptions as RuleSettings } from './fold-look.ts';
import { KnowledgeReader } from './load.ts';
import { LookAhead } from './look-ahead.ts';
import { stableUid } from './uid.ts';

/** What a look means, given what is known. It asks nobody and changes nothing it is given. */
export type Rules = (known: Known, look: Look) => Folded;

/** The rules of docs/inventory.md. */
export function rulesOf(settings: Omit<RuleSettings, 'uid'> = {}): Rules {
  return (known, look) => {
    const baseline = new Baseline(known.expectations ?? []);
    return foldLook(known, look, {
      uid: stableUid(known.site),
      expectation: (question) => baseline.judge(question),
      ...settings,
    });
  };
}

export interface FoldOptions {
  signal?: AbortSignal;
  /** Told of each look that was folded, with what came of it. */
  onFolded?: (look: StoredLook, folded: Folded) => void;
  /** Told of a look that the rules failed on: it is passed over, and stays for a rebuild. */
  onRefused?: (look: StoredLook, error: unknown) => void;
}

type Parts = Pick<Store, 'looks' | 'folds'>;

/** What folds one look after the other. */
interface Folding {
  store: Parts;
  reader: KnowledgeReader;
  ahead: LookAhead;
  rules: Rules;
}

/**
 * Folds all that waits, of one site or of all, and finishes what was broken off.
 * @returns how many looks it folded
 * @throws PortolanError `storage_failed`; what was not folded then waits.
 */
export async function foldWaiting(
  store: Parts,
  rules: Rules,
  options: FoldOptions & { site?: string } = {},
): Promise<number> {
  const reader = new KnowledgeReader(store);
  const ahead = new LookAhead(store, reader);
  let folded = 0;
  const sites = options.site === undefined ? await store.looks.sitesToFold() : [options.site];
  for (const site of sites) {
    do {
      for (;;) {
        if (options.signal?.aborted) return folded;
        const look = await store.looks.next(site);
        if (!look) break;
        if (await foldOne({ store, reader, ahead, rules }, look, options)) folded += 1;
        else reader.forget();
      }
      // The last step of a rebuild, or the rest of a fold that another process began.
    } while (await store.folds.goOn(site));
  }
  return folded;
}

/** @returns whether it was folded by us; if not, it is gone from the queue or to be tried again. */
async function foldOne(
  by: Folding,
  look: StoredLook,
  { onFolded, onRefused }: FoldOptions,
): Promise<boolean> {
  const { store } = by;
  const told = await by.ahead.body(look.id);
  try {
    const judged = (await judge(by, told, 'settled')) ?? (await judge(by, told, 'whole'));
    if (!judged) {
      await store.folds.goOn(look.site);
      return false;
    }
    const { known, folded } = judged;
    if (!(await write(store, look, known.foldSeq, piecesOf(known, told, folded)))) return false;
    onFolded?.(look, folded);
    return true;
  } catch (error) {
    // A database that fails will work again. Anything else is a fault of ours, and must not hold up all that come behind.
    if (error instanceof PortolanError) throw error;
    await store.looks.refuse(look.id, error instanceof Error ? error.message : String(error));
    onRefused?.(look, error);
    return false;
  }
}

/** @returns undefined while another fold of the site is written, or where more must be read of it */
async function judge(
  { reader, ahead, rules }: Folding,
  look: Look,
  how: 'settled' | 'whole',
): Promise<{ known: Known; folded: Folded } | undefined> {
  const known = await reader.read(look, how);
  if (known && how === 'settled') await ahead.prepare(look.site);
  try {
    return known && { known, folded: rules(known, look) };
  } catch (error) {
    if (how === 'settled' && error instanceof NotRead) return undefined;
    throw error;
  }
}

async function write(
  store: Parts,
  look: StoredLook,
  foldSeq: number,
  pieces: ReturnType<typeof piecesOf>,
): Promise<boolean> {
  const [first, ...others] = pieces;
  if (first && others.length === 0) return await store.folds.apply(look.id, foldSeq, JSON.stringify(first));
  const attempt = randomUUID();
  for (const [at, piece] of pieces.entries())
    await store.folds.lay(look.id, attempt, at, JSON.stringify(piece));
  if (!(await store.folds.commit(look.id, foldSeq, attempt))) return false;
  while (await store.folds.goOn(look.site));
  return true;
}
