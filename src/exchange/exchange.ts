/** The inventory in and out of files of other programs. */

import { parseQuery } from '../core/query/parse.ts';
import type { Chosen, InventoryService } from '../inventory/service.ts';
import type { ExportFormat, Incident } from './export/format.ts';
import {
  type ImportEnd,
  type ImportOptions,
  importFile,
  type OpenFile,
  type Preview,
  previewOf,
} from './import/import.ts';

/** What came of an import. */
export interface Imported extends ImportEnd {
  looks: number;
  /** Looks that were not there yet: 0 when the same file was imported before. */
  fresh: number;
  hosts: number;
}

/**
 * Keeps all that a file tells. What was read when it breaks off stays, and importing it again goes on from there.
 * @throws PortolanError as importFile
 */
export async function importInto(
  inventory: Pick<InventoryService, 'handIn'>,
  file: OpenFile,
  options: ImportOptions,
): Promise<Imported> {
  const sum = { looks: 0, hosts: 0 };
  let end: ImportEnd | undefined;
  async function* looks() {
    const reading = importFile(file, options);
    for (;;) {
      const next = await reading.next();
      if (next.done) {
        end = next.value;
        return;
      }
      sum.looks += 1;
      sum.hosts += next.value.sightings.length;
      yield next.value;
    }
  }
  const fresh = await inventory.handIn(looks());
  return { format: '', notCompared: [], leftOut: [], ...end, ...sum, fresh };
}

export interface ExchangeService {
  /** Reads the whole file and keeps nothing. @throws PortolanError as importFile */
  preview(file: OpenFile, options: ImportAsk): Promise<Preview>;
  /** @throws PortolanError as importFile */
  import(file: OpenFile, options: ImportAsk): Promise<Imported>;
  /** Piece by piece: memory stays flat whatever matches. @throws PortolanError for a query that cannot be read */
  export(format: ExportFormat, chosen: Chosen & { archived?: boolean }): AsyncGenerator<string>;
}

/** The site of the configuration when absent. */
export type ImportAsk = Omit<ImportOptions, 'site' | 'now'> & { site?: string | undefined };

const DAY_MS = 86_400_000;

export function createExchange(
  inventory: Pick<InventoryService, 'handIn' | 'eachAsset' | 'eachChange'>,
  { version, site, now = () => Date.now() }: { version: string; site: () => string; now?: () => number },
): ExchangeService {
  const optionsOf = (ask: ImportAsk): ImportOptions => ({ ...ask, site: ask.site ?? site(), now: now() });
  return {
    preview: (file, ask) => previewOf(file, optionsOf(ask)),
    import: (file, ask) => importInto(inventory, file, optionsOf(ask)),
    async *export(format, chosen) {
      // Before anything is written.
      parseQuery(chosen.query ?? '');
      yield* format.write({
        site: chosen.site ?? 'all',
        assets: inventory.eachAsset(chosen),
        incidents: incidentsOf(inventory, chosen),
        now: now(),
        since: now() - DAY_MS,
        version,
      });
    },
  };
}

async function* incidentsOf(
  inventory: Pick<InventoryService, 'eachChange'>,
  chosen: Chosen,
): AsyncGenerator<Incident> {
  for await (const { event, state, reason } of inventory.eachChange(chosen)) {
    if (event.incident === false) continue;
    yield {
      event,
      // To be ignored is no answer to whether it is as it should be, but nobody wants to hear of it again.
      state: state === 'ignored' ? 'muted' : state,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
