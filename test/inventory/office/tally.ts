/** Held against what truly happened: what was told and is not true, and what happened and was not told. */
import type { ChangeEvent } from '../../../src/core/asset.ts';
import { type ChangeKind, kindOf } from '../../../src/inventory/changes/kinds.ts';
import type { Day, True } from './device.ts';
import type { Difference } from './ndiff.ts';

/** Something that was told, in the words of what can truly happen. */
export interface Told {
  day: number;
  device: string;
  /** What it says that happened: any of these. */
  what: readonly True['what'][];
  port?: string;
  /** For who reads the list of the false ones. */
  text: string;
  /** Told as mere information. */
  info?: boolean;
  /** It says that something is known now, not that it changed: nothing can be false in it. */
  note?: boolean;
  /** What it sums up. */
  parts?: readonly Told[];
}

export interface Tally {
  told: number;
  false: Told[];
  /** What happened long enough before the end to be told by then, and what of that was not. */
  due: True[];
  missed: True[];
  hostDays: number;
}

/**
 * What happened, and the days within which it must be told: from the day on which the device was met next, eight days, or
 * until it was met four times (some is told at the third look); who has left may have been on holiday for four weeks.
 */
function spansOf(happened: readonly True[], days: readonly Day[]): Map<True, { from: number; to: number }> {
  const met = new Map<string, number[]>();
  for (const { day, met: all } of days)
    for (const { device } of all) met.set(device, [...(met.get(device) ?? []), day]);
  const spans = new Map(
    happened.map((event) => {
      const { day, device, what } = event;
      if (what === 'left' || device === '') return [event, { from: day, to: day + (device === '' ? 1 : 32) }];
      const after = (met.get(device) ?? []).filter((one) => one >= day);
      const [from = Number.POSITIVE_INFINITY] = after;
      return [event, { from, to: Math.max(from + 8, after[3] ?? Number.POSITIVE_INFINITY) }];
    }),
  );
  // What was over before the device was met again nobody can know of.
  const places = Map.groupBy(happened, (event) => `${event.device} ${event.port} ${spans.get(event)?.from}`);
  for (const there of places.values())
    if (['opened', 'closed'].every((what) => there.some((event) => event.what === what)))
      for (const event of there)
        spans.set(event, { from: spans.get(event)?.from ?? 0, to: Number.POSITIVE_INFINITY });
  return spans;
}

export function tally(told: readonly Told[], happened: readonly True[], days: readonly Day[]): Tally {
  const spans = spansOf(happened, days);
  const byDevice = Map.groupBy(happened, ({ device }) => device);
  const seen = new Set<True>();
  const isTrue = (one: Told): boolean => {
    if (one.parts) {
      const right = one.parts.filter(isTrue).length;
      return right * 2 >= one.parts.length;
    }
    const meant = (byDevice.get(one.device) ?? []).filter((event) => {
      const { from = 0, to = 0 } = spans.get(event) ?? {};
      return (
        one.what.includes(event.what) &&
        (one.port === undefined || event.port === undefined || event.port === one.port) &&
        from <= one.day &&
        one.day <= to
      );
    });
    for (const event of meant) seen.add(event);
    return meant.length > 0;
  };
  const wrong = told.filter((one) => !isTrue(one) && !one.note);
  const last = days.at(-1)?.day ?? 0;
  const due = happened.filter(
    (event) => !event.minor && event.day > 0 && (spans.get(event)?.to ?? Number.POSITIVE_INFINITY) <= last,
  );
  return {
    told: told.filter(({ note }) => !note).length,
    false: wrong,
    due,
    missed: due.filter((event) => !seen.has(event)),
    hostDays: days.reduce((sum, { met }) => sum + met.length, 0),
  };
}

/** Our events of one day. */
export function oursOf(
  events: readonly ChangeEvent[],
  day: number,
  deviceOf: (event: ChangeEvent) => string,
): Told[] {
  const told = (event: ChangeEvent): Told => {
    const { kind, severity, protocol, port, before = '', after = '', uid } = event;
    const parts = events.filter(({ partOf }) => partOf === uid).map(told);
    const device = deviceOf(event);
    return {
      day,
      device,
      what: isKind(kind) ? MEANS[kind] : [],
      ...(protocol === undefined ? {} : { port: `${protocol}/${port}` }),
      text: `day ${day} ${device} ${kind} ${protocol ?? ''} ${port ?? ''} ${before} -> ${after}`,
      info: severity === 'info',
      note: isKind(kind) && kindOf(kind).sort === 'note',
      ...(parts.length > 0 ? { parts } : {}),
    };
  };
  return events.filter(({ partOf }) => partOf === undefined).map(told);
}

const isKind = (kind: string): kind is ChangeKind => kind in MEANS;

/** What ndiff tells of one day, taken as kindly as it can be: a difference of a port may mean anything of that port. */
export function theirsOf(
  differences: readonly Difference[],
  day: number,
  deviceAt: (address: string) => string,
): Told[] {
  return differences.map(({ address, of, in: where }) => {
    const device = deviceAt(address);
    const isPort = of.includes('/');
    return {
      day,
      device,
      what: isPort
        ? ['opened', 'closed', 'service', 'key', 'cert', 'variants']
        : of === 'address'
          ? ['card', 'appeared']
          : of === 'host'
            ? where === 'before'
              ? ['left', 'moved']
              : ['appeared', 'moved', 'left']
            : [],
      ...(isPort ? { port: of } : {}),
      text: `day ${day} ${device} ${address} ${of} ${where}`,
    };
  });
}

const MEANS: Readonly<Record<ChangeKind, readonly True['what'][]>> = {
  'baseline.recorded': [],
  'port.opened': ['opened'],
  'port.closed': ['closed'],
  'port.unreachable': ['closed'],
  'port.discovered': ['opened'],
  'filtering.changed': [],
  'host.new': ['appeared'],
  'host.replaced': ['appeared'],
  'host.missing': ['left'],
  'host.returned': [],
  'host.accepts_everything': [],
  'host.many_ports': ['opened', 'closed'],
  'hosts.ephemeral': ['appeared'],
  'vantage.degraded': ['blind'],
  'coverage.overdue': [],
  'middlebox.answers': ['middlebox'],
  'address.changed': ['moved'],
  'name.changed': [],
  'mac.changed': ['card'],
  'hostkey.changed': ['key'],
  'os.changed': [],
  'service.version': ['service', 'variants'],
  'service.changed': ['service', 'variants'],
  'service.variants': ['variants', 'service'],
  'cert.changed': ['cert'],
  'cert.renewed': ['cert'],
  'cert.expiring': [],
  'cert.expired': [],
  'flapping.started': [],
};
