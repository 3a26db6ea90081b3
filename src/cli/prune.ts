/** `portolan prune`: deletes old scans now instead of in the background. */
import { shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { clockDoubt, prune as pruneStore } from '../scans/prune.ts';
import { openStore } from '../store/open.ts';
import { EXIT } from './exit-codes.ts';
import { megabytes } from './megabytes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { agrees, print } from './terminal.ts';

/** @param options.yes deletes also scans of today without asking. @throws PortolanError when nobody is there to ask */
export async function prune(options: CommonOptions & { days?: string; yes?: boolean }): Promise<number> {
  const { config } = await loadFor(options, { 'scans.keepDays': options.days });
  const { keepDays, database } = config.scans;
  const name = shownDatabase(database);
  if (keepDays < 1 && !options.yes && !(await sure(keepDays, name))) {
    print('Nothing was deleted.');
    return EXIT.ok;
  }
  // The database alone: whoever frees a full disk must not need room for anything else.
  const store = await openStore(database);
  try {
    const now = Date.now();
    const doubt = options.yes ? undefined : await clockDoubt(store, keepDays, now);
    if (doubt !== undefined && !(await sure(keepDays, name, doubt))) {
      print('Nothing was deleted.');
      return EXIT.ok;
    }
    const { tasks, freedBytes, emptyBytes } = await pruneStore(store, keepDays, now);
    print(`Deleted ${tasks} ended scans older than ${keepDays} days.`);
    if (freedBytes > 0) print(`Given back to the disk: ${megabytes(freedBytes)}.`);
    if (emptyBytes > MUCH_EMPTY)
      print(
        `Empty within the database, and used again: ${megabytes(emptyBytes)}. portolan db compact gives them back to the disk.`,
      );
    return EXIT.ok;
  } finally {
    await store.close();
  }
}

/** Less is not worth a compaction. */
const MUCH_EMPTY = 1_000_000;

async function sure(keepDays: number, database: string, doubt?: string): Promise<boolean> {
  const which = keepDays === 0 ? 'every ended scan' : `every scan that ended over ${keepDays} days ago`;
  const but = doubt === undefined ? '' : ` But ${doubt}.`;
  const agreed = await agrees(`Delete ${which} of ${database}? They cannot be brought back.${but}`);
  if (agreed !== undefined) return agreed;
  throw new PortolanError(
    'invalid_argument',
    `This deletes ${which} of ${database}, and nobody is there to ask.${but}`,
    'Say that it is meant: portolan prune --yes, with the same options.',
  );
}
