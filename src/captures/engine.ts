/** Takes batches, keeps the evidence within its bounds, and gives the report at the end. */
import type { PacketBatch } from './container/batch.ts';
import type { CaptureExtent } from './container/reader.ts';
import { AddressBook } from './decode/addresses.ts';
import { Decoder } from './decode/decoder.ts';
import { LINK_NAMES } from './decode/link.ts';
import { createDecoded, GUESSED, KIND, ROW, TCP } from './decode/record.ts';
import { otherLinkName } from './decode/unopened.ts';
import { detect } from './detect/detect.ts';
import { verdicts } from './detect/report.ts';
import { seconds } from './detect/text.ts';
import { absorb } from './evidence/absorb.ts';
import { makeRoom, recycleAddresses } from './evidence/bounds.ts';
import { PairTable, randomOdd } from './evidence/pairs.ts';
import { type CaptureReport, MAX_UNREAD } from './findings.ts';
import type { DetectionSettings } from './settings.ts';

/** IPv6 addresses numbered at a time. */
const MAX_ADDRESSES = 1 << 18;
/** New IPv6 addresses one packet can bring: its own two, or those of the packet it quotes besides. */
const ADDRESSES_A_PACKET = 4;

export class Engine {
  readonly #settings: DetectionSettings;
  readonly #book = new AddressBook(MAX_ADDRESSES, randomOdd());
  readonly #decoder: Decoder;
  readonly #decoded = createDecoded();
  readonly #table: PairTable;
  readonly #links = new Map<number, number>();
  #guessed = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #forgotten = 0;

  constructor(settings: DetectionSettings) {
    this.#settings = settings;
    this.#decoder = new Decoder(this.#book);
    this.#table = new PairTable(settings.maxRecords);
  }

  take(batch: PacketBatch): void {
    if (this.#book.room < batch.count * ADDRESSES_A_PACKET) {
      this.#forgotten += recycleAddresses(this.#table, this.#book, MAX_ADDRESSES);
    }
    this.#decoder.decode(batch, this.#decoded);
    this.#survey(batch);
    let next = 0;
    for (;;) {
      next = absorb(this.#table, batch, this.#decoded.rows, next);
      if (next === batch.count) break;
      if (this.#table.canGrow) this.#table.grow();
      else this.#forgotten += makeRoom(this.#table);
    }
  }

  /** Counts link types, packets whose flags were cut off, and the span of time. */
  #survey(batch: PacketBatch): void {
    const { count, links, times } = batch;
    const rows = this.#decoded.rows;
    let first = this.#first;
    let last = this.#last;
    let guessed = 0;
    let link = links[0] ?? 0;
    let run = 0;
    for (let i = 0; i < count; i++) {
      const time = times[i] ?? Number.NaN;
      if (time < first) first = time;
      if (time > last) last = time;
      const word = rows[i * ROW + KIND] ?? 0;
      if ((word & GUESSED) !== 0 && (word & 0xff) === TCP) guessed++;
      if (links[i] !== link) {
        this.#links.set(link, (this.#links.get(link) ?? 0) + run);
        link = links[i] ?? 0;
        run = 0;
      }
      run++;
    }
    if (run > 0) this.#links.set(link, (this.#links.get(link) ?? 0) + run);
    this.#first = first;
    this.#last = last;
    this.#guessed += guessed;
  }

  report(extent: CaptureExtent): CaptureReport {
    const approximated = this.#approximations();
    const { unopened } = this.#decoder;
    const findings = detect(this.#table, this.#book, this.#settings);
    return {
      format: extent.format,
      compression: extent.compression,
      packets: extent.packets,
      bytes: extent.bytes,
      first_ts: seconds(this.#first),
      last_ts: seconds(this.#last),
      link_types: [...this.#links]
        .sort((a, b) => b[1] - a[1])
        .slice(0, 64)
        .map(([type, packets]) => ({
          link_type: type,
          name: LINK_NAMES[type] ?? otherLinkName(type) ?? 'unknown',
          packets,
          read: type in LINK_NAMES,
        })),
      unread_packets: unopened.total,
      ...(unopened.total === 0 ? {} : { unread: unopened.list(MAX_UNREAD) }),
      ...(extent.truncated === undefined ? {} : { truncated: extent.truncated }),
      ...(approximated.length === 0 ? {} : { approximated }),
      ...verdicts(this.#table, findings, this.#settings, this.#book),
    };
  }

  #approximations(): string[] {
    const said: string[] = [];
    if (this.#forgotten > 0)
      said.push(
        `More endpoints were probed than fit in ${this.#settings.maxRecords} records: ${this.#forgotten} that told ` +
          'least were let go (single probes of sources seen once, then connections that worked). Counts are lower bounds.',
      );
    if (this.#guessed > 0)
      said.push(
        `The snap length cut the TCP flags off ${this.#guessed} packets: SYN, SYN-ACK and RST were inferred from ` +
          'lengths and order, other probes cannot be told.',
      );
    return said;
  }
}
