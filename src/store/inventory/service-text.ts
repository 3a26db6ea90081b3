/** Services as a text of the database tells of them: row by row, or column by column where whole assets are read. */
import type { Service } from '../../core/asset.ts';
import type { ServiceSighting } from '../../core/look.ts';
import { addressText } from './address-bytes.ts';
import { type LastAsked, readConfirmation } from './confirmed.ts';

/** What most services have nothing to say in. */
export type UnusualText = [
  asset: number,
  vantage: string,
  protocol: Service['protocol'],
  port: number,
  word: Service['word'],
  lags: 0 | 1,
  strong: number,
  against: number,
  more: string | null,
  /** Address in hexadecimal, where it is not the only one of the asset. */
  elsewhere: string | null,
];

/** A row. */
export type ServiceText = [
  ...UnusualText,
  print: number | null,
  changed: number,
  since: number,
  firstOpen: number | null,
  confirmed: number,
];

/**
 * The services of one asset that one vantage knows, column by column: lists of numbers are read sooner than rows of all
 * kinds. Times are what lies between them, which is mostly nothing: one digit is read sooner than thirteen.
 */
export interface ColumnsText {
  asset: number;
  vantage: string;
  protocol: Service['protocol'];
  ports: number[];
  prints: (number | null)[];
  changed: number[];
  since: number[];
  firstOpen: (number | null)[];
  confirmed: number[];
}

/** What holds for all services of an asset. */
export interface ServiceFrame {
  fingerprints: ReadonlyMap<number, ServiceSighting>;
  asked: LastAsked;
  /** Its only address. */
  only: string | undefined;
}

export function servicesOfColumns(
  lists: readonly ColumnsText[],
  unusual: readonly UnusualText[],
  frame: ServiceFrame,
): Service[] {
  return lists.flatMap(({ vantage, protocol, ports, prints, changed, since, firstOpen, confirmed }) => {
    const others = new Map(
      unusual.flatMap((one) => (one[1] === vantage && one[2] === protocol ? [[one[3], one] as const] : [])),
    );
    return ports.map((port, at) => {
      const changedAt = changed[at] ?? 0;
      const first = firstOpen[at] ?? null;
      return made(
        { vantage, protocol, port, changedAt, confirmedAt: changedAt + (confirmed[at] ?? 0) },
        {
          print: prints[at] ?? null,
          since: changedAt + (since[at] ?? 0),
          firstOpen: first === null ? null : changedAt + first,
        },
        others.get(port),
        frame,
      );
    });
  });
}

export function serviceOfRow(row: ServiceText, frame: ServiceFrame): Service {
  const [, vantage, protocol, port] = row;
  const [print, changedAt, since, firstOpen, confirmedAt] = [row[10], row[11], row[12], row[13], row[14]];
  return made({ vantage, protocol, port, changedAt, confirmedAt }, { print, since, firstOpen }, row, frame);
}

/** Shared by all that have nothing to say in it, which are nearly all. */
const NONE: readonly never[] = [];
const NOT_AGAINST = { strong: 0, all: 0 } as const;

function made(
  { confirmedAt, ...always }: Pick<Service, 'vantage' | 'protocol' | 'port' | 'changedAt' | 'confirmedAt'>,
  { print, since, firstOpen }: { print: number | null; since: number; firstOpen: number | null },
  unusual: UnusualText | ServiceText | undefined,
  { fingerprints, asked, only }: ServiceFrame,
): Service {
  const service: Service = {
    ...always,
    word: 'open',
    since,
    against: NOT_AGAINST,
    confirmedAt,
    turns: NONE,
    recent: NONE,
  };
  if (firstOpen !== null) service.firstOpen = firstOpen;
  const said = print === null ? undefined : fingerprints.get(print);
  if (said !== undefined) service.service = said;
  if (unusual) tellUnusual(service, unusual);
  if (unusual?.[5] !== 1)
    service.confirmedAt = readConfirmation({ confirmedAt, lags: false }, asked(service));
  const elsewhere = unusual?.[9] ?? null;
  const address = elsewhere === null ? only : addressText(Buffer.from(elsewhere, 'hex'));
  if (address !== undefined) service.address = address;
  return service;
}

function tellUnusual(made: Service, [, , , , word, , strong, all, more]: UnusualText | ServiceText): void {
  made.word = word;
  if (all !== 0) made.against = { strong, all };
  if (more === null) return;
  const { turns, recent, flapping, variants, lulls }: Partial<Service> = JSON.parse(more);
  if (turns) made.turns = turns;
  if (recent) made.recent = recent;
  if (flapping) made.flapping = true;
  if (variants) made.variants = true;
  if (lulls !== undefined) made.lulls = lulls;
}
