/** An office lived through, reported day by day, and told of by Portolan and by ndiff. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../../src/store/open.ts';
import { ndiff } from './ndiff.ts';
import { liveThrough, type OfficeSettings } from './office.ts';
import { reportOf } from './report.ts';
import { oursOf, type Tally, type Told, tally, theirsOf } from './tally.ts';
import { describe, tell } from './told.ts';

export interface CompareSettings extends OfficeSettings {
  /** Whether somebody described the networks in the configuration. */
  described: boolean;
  /** All of it is scanned through a router: there are no MAC addresses. */
  routed: boolean;
}

export interface Compared {
  ours: Tally;
  theirs: Tally;
  /** Pairs of reports that ndiff could not read. */
  unread: number;
}

export async function compare(settings: CompareSettings): Promise<Compared> {
  const { days, happened } = liveThrough(settings);
  const folder = mkdtempSync(join(tmpdir(), 'portolan-office-'));
  const store = await openStore(join(folder, 'office.db'), { patient: true });
  try {
    if (settings.described) await describe(store);
    const [ours, theirs]: [Told[], Told[]] = [[], []];
    const devices = new Map<string, string>();
    const open = new Set<string>();
    let [before, unread]: [string | undefined, number] = [undefined, 0];
    for (const day of days) {
      const xml = reportOf(day, settings.routed);
      const file = join(folder, `${day.day}.xml`);
      writeFileSync(file, xml);
      const deviceAt = (address: string) => day.holders.get(address) ?? '';
      const { events, closed, assets } = await tell(store, xml, day.at, settings.routed);
      for (const [address, asset] of assets) devices.set(asset, deviceAt(address));
      ours.push(
        ...oursOf(
          // What is open is counted up, not told again (rule R19).
          events.filter(({ dedupeKey, incident }) => incident === false || !open.has(dedupeKey)),
          day.day,
          ({ asset, address = '' }) => devices.get(asset ?? '') ?? deviceAt(address),
        ),
      );
      for (const { dedupeKey, incident } of events) if (incident !== false) open.add(dedupeKey);
      for (const key of closed) open.delete(key);
      if (day.cut !== undefined) {
        // It cannot read a report that breaks off, so nobody compares that one.
        unread += 1;
        continue;
      }
      if (before !== undefined) theirs.push(...theirsOf(ndiff(before, file), day.day, deviceAt));
      before = file;
    }
    return { ours: tally(ours, happened, days), theirs: tally(theirs, happened, days), unread };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
