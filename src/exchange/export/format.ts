/** What every export is: the inventory, or a part of it that was asked for, written as some other program reads it. */
import type { Asset, ChangeEvent } from '../../core/asset.ts';

/** A change with what became of it. An incident is closed when its change is undone and confirmed, or accepted. */
export interface Incident {
  event: ChangeEvent;
  state: 'open' | 'acknowledged' | 'muted' | 'accepted' | 'closed';
  /** Why it was accepted. */
  reason?: string;
}

export interface Exported {
  site: string;
  assets: AsyncIterable<Asset> | Iterable<Asset>;
  incidents: AsyncIterable<Incident> | Iterable<Incident>;
  /** Milliseconds since the epoch. */
  now: number;
  /** What counts as new since then; the day before `now` where nobody says. */
  since: number;
  /** Of Portolan. */
  version: string;
}

export interface ExportFormat {
  name: string;
  title: string;
  mediaType: string;
  /** Piece by piece, one asset or incident at a time. */
  write(what: Exported): AsyncGenerator<string>;
}
