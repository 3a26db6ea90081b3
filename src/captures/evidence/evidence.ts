/** All that is known of a capture's packets: tables, each within its bounds. */
import type { AddressBook } from '../decode/addresses.ts';
import { Cells } from './cells.ts';
import { Crowds } from './crowds.ts';
import * as E from './endpoints.ts';
import { FlowTable } from './flows.ts';
import { Names } from './names.ts';
import { Revisits } from './revisits.ts';

/** Records at which it is first looked whether large scans can be folded into cells. */
const FIRST_CENSUS = 8192;
/** Records that one packet may bring: its own, and that of an endpoint taken out of its cell. */
const RECORDS_A_PACKET = 2;

export class Evidence {
  readonly endpoints: E.EndpointTable;
  readonly flows: FlowTable;
  readonly cells = new Cells();
  readonly revisits = new Revisits();
  readonly crowds = new Crowds();
  readonly names: Names;
  /** Probes left out because their frame was captured twice. */
  duplicates = 0;
  /** Answers that stand before the probes they answer. */
  early = 0;
  /** Refusals of probes that were not seen, or not yet. */
  orphans = 0;
  #census = FIRST_CENSUS;

  /** @param maxRecords most records to hold. */
  constructor(maxRecords: number, book: AddressBook) {
    this.names = new Names(book);
    this.endpoints = new E.EndpointTable(maxRecords);
    this.flows = new FlowTable(this.endpoints);
  }

  /** Makes sure that a packet finds room; false when records must be let go first. */
  prepare(): boolean {
    if (this.endpoints.count >= this.#census) this.#fold();
    return this.endpoints.count + RECORDS_A_PACKET <= this.endpoints.limit;
  }

  /** Moves what large scans left into cells. */
  #fold(): void {
    const places = this.cells.fold(this.endpoints);
    if (places !== undefined) {
      const moved = this.endpoints.retain((slot) => places[slot / E.RECORD] === 0);
      for (let i = 0; i < moved.length; i++) if (moved[i] === 0) moved[i] = places[i] ?? 0;
      this.flows.follow(moved);
    }
    this.#census = Math.max(FIRST_CENSUS, this.endpoints.count * 2);
  }
}
