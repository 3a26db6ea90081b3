/** `portolan worker`: runs the scans that servers of its zone were asked for, and listens nowhere. */
import { once } from 'node:events';
import { shownDatabase } from '../core/database-address.ts';
import { PortolanError } from '../core/errors.ts';
import { drainFor } from './drain.ts';
import { EXIT } from './exit-codes.ts';
import { onInterrupt } from './interrupt.ts';
import { openApp } from './open-app.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { followConfig } from './reload.ts';
import { supervised } from './systemd.ts';
import { note } from './terminal.ts';

/** Ends with a signal: what runs then goes back to the zone with all it found, for another process to go on with. */
export async function work(options: CommonOptions): Promise<number> {
  const load = () => loadFor(options);
  const loaded = await load();
  const { scans, server } = loaded.config;
  if (scans.zone === undefined) {
    throw new PortolanError(
      'invalid_config',
      'A worker runs what others of its zone were asked for, and scans.zone names none.',
      'Set scans.zone to one name for the servers and workers that reach the same networks and share a database.',
    );
  }
  const { app, log } = await openApp(loaded, { adopts: true });
  try {
    await app.start();
    (await app.observation()).start();
    const systemd = supervised(log);
    const unfollow = followConfig(loaded, { app, log, load, onHangup: systemd.reloading });
    systemd.ready(`zone ${scans.zone}`);
    note(`Portolan works for the zone ${scans.zone} of ${shownDatabase(scans.database)}.`);
    const { signal } = onInterrupt({ hangup: process.stdin.isTTY === true });
    if (!signal.aborted) await once(signal, 'abort');
    systemd.stopping();
    note('Stopping: what runs goes back to the zone with all it found.');
    await drainFor(app, server.shutdownGraceSeconds);
    unfollow();
  } finally {
    await app.close();
  }
  return EXIT.ok;
}
