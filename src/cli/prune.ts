/** `portolan prune`: deletes old scans now instead of in the background. */
import { EXIT } from './exit-codes.ts';
import { openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { print } from './terminal.ts';

export async function prune(options: CommonOptions & { days?: string }): Promise<number> {
  const loaded = await loadFor(options, { 'scans.keepDays': options.days });
  const { keepDays } = loaded.config.scans;
  const { app } = await openApp(loaded, { adopts: false });
  try {
    const deleted = await app.prune(keepDays);
    print(`Deleted ${deleted} ended scans older than ${keepDays} days.`);
    return EXIT.ok;
  } finally {
    await app.close();
  }
}
