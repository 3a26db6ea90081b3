/** Takes batches, keeps the evidence within its bounds, and gives the report at the end. */
import type { PacketBatch } from './container/batch.ts';
import type { CaptureExtent } from './container/reader.ts';
import { AddressBook } from './decode/addresses.ts';
import { Decoder } from './decode/decoder.ts';
import { LINK_NAMES } from './decode/link.ts';
import { createDecoded, FLAGS_UNKNOWN, GUESSED, KIND, ROW, TCP } from './decode/record.ts';
import { otherLinkName } from './decode/unopened.ts';
import { detect } from './detect/detect.ts';
import { verdicts } from './detect/report.ts';
import { seconds } from './detect/text.ts';
import type { DetectionSettings } from './detection-settings.ts';
import { absorb } from './evidence/absorb.ts';
import { makeRoom, recycleAddresses } from './evidence/bounds.ts';
import { randomOdd } from './evidence/endpoints.ts';
import { Evidence } from './evidence/evidence.ts';
import { Learner } from './evidence/learn.ts';
import { type CaptureReport, MAX_UNREAD } from './findings.ts';

/** IPv6 addresses numbered at a time. */
const MAX_ADDRESSES = 1 << 18;
/** New IPv6 addresses one packet can bring: its own two, and those it quotes or, as a DNS answer, names. */
const ADDRESSES_A_PACKET = 18;

/** TCP flags that the snap length cut off, whether they could be guessed or not. */
const CUT = FLAGS_UNKNOWN | GUESSED;

export class Engine {
  readonly #settings: DetectionSettings;
  readonly #book = new AddressBook(MAX_ADDRESSES, randomOdd());
  readonly #decoder: Decoder;
  readonly #decoded = createDecoded();
  readonly #evidence: Evidence;
  readonly #learner: Learner;
  readonly #links = new Map<number, number>();
  #guessed = 0;
  #blind = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #forgotten = 0;

  constructor(settings: DetectionSettings) {
    this.#settings = settings;
    this.#decoder = new Decoder(this.#book);
    this.#evidence = new Evidence(settings.maxRecords, this.#book);
    this.#learner = new Learner(this.#evidence);
  }

  take(batch: PacketBatch): void {
    if (this.#book.room < batch.count * ADDRESSES_A_PACKET) {
      this.#forgotten += recycleAddresses(this.#evidence, this.#book, MAX_ADDRESSES);
    }
    this.#decoder.decode(batch, this.#decoded);
    this.#survey(batch);
    let next = 0;
    for (;;) {
      next = absorb(this.#learner, batch, this.#decoded.rows, next);
      if (next === batch.count) break;
      this.#forgotten += makeRoom(this.#evidence);
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
      if ((word & CUT) !== 0 && (word & 0xff) === TCP) {
        if ((word & GUESSED) !== 0) guessed++;
        else this.#blind++;
      }
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
    this.#evidence.flows.settle();
    const detected = detect(this.#evidence, this.#book, this.#settings);
    return {
      format: extent.format,
      compression: extent.compression,
      packets: extent.packets,
      bytes: extent.bytes,
      ...(extent.parts === 1 ? {} : { parts: extent.parts }),
      ...(extent.clock.length === 0 ? {} : { clock: extent.clock }),
      first_ts: seconds(extent.since ?? this.#first),
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
      ...(this.#evidence.duplicates === 0 ? {} : { captured_twice: this.#evidence.duplicates }),
      ...(approximated.length === 0 ? {} : { approximated }),
      ...verdicts(this.#evidence, detected, this.#settings, this.#book),
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
    if (this.#blind > 0)
      said.push(
        `The snap length cut ${this.#blind} TCP packets before their flags and acknowledgment numbers: of these nothing ` +
          'could be told. Record at least 64 bytes a packet.',
      );
    return said;
  }
}
