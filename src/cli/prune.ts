/** `portolan prune`: deletes old scans now instead of in the background. */
import { shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { EXIT } from './exit-codes.ts';
import { openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { agrees, print } from './terminal.ts';

/** @param options.yes deletes also scans of today without asking. @throws PortolanError when nobody is there to ask */
export async function prune(options: CommonOptions & { days?: string; yes?: boolean }): Promise<number> {
  const loaded = await loadFor(options, { 'scans.keepDays': options.days });
  const { keepDays } = loaded.config.scans;
  if (keepDays < 1 && !options.yes && !(await sure(keepDays, shownDatabase(loaded.config.scans.database)))) {
    print('Nothing was deleted.');
    return EXIT.ok;
  }
  const { app } = await openApp(loaded, { adopts: false });
  try {
    const doubt = options.yes ? undefined : await app.clockDoubt(keepDays);
    if (doubt !== undefined && !(await sure(keepDays, loaded.config.scans.database, doubt))) {
      print('Nothing was deleted.');
      return EXIT.ok;
    }
    const deleted = await app.prune(keepDays);
    print(`Deleted ${deleted} ended scans older than ${keepDays} days.`);
    return EXIT.ok;
  } finally {
    await app.close();
  }
}

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
