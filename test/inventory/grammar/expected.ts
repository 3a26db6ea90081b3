/** The events that a case expects, and whether those that came are they. */
import type { ChangeEvent } from '../../../src/core/asset.ts';
import { KINDS } from '../../../src/inventory/changes/kinds.ts';
import { CaseError } from './lines.ts';

export interface ExpectedEvent {
  kind: keyof typeof KINDS;
  /** `80` or `53/udp`. */
  port?: string;
  /** Graver than its kind is by itself. */
  graver: boolean;
  count?: number;
}

/**
 * Events that are no change of a host: what is said of a scope, of a vantage, or of a host's nature. A case of one host
 * compares them when it names one of them.
 */
const ASIDE: ReadonlySet<string> = new Set([
  'baseline.recorded',
  'vantage.degraded',
  'middlebox.answers',
  'host.accepts_everything',
  'hosts.ephemeral',
]);

/** One event: how often, its kind, graver or not, its port, its count. */
const EVENT =
  /(?:(\d+) ?[x×] ?)?([a-z_]+\.[a-z_]+)(!)?(?:\s+(\d+(?:\/(?:tcp|udp|sctp))?)(?![\w.]| ?[x×])(!)?)?(?:\s+\((\d+)\))?/g;

/** `none`, or events one after another: `port.opened 80, 2 x host.missing, address.changed!`. */
export function expectedEvents(text: string): ExpectedEvent[] {
  if (text === 'none' || text === '-' || text === '') return [];
  const left = text.replaceAll(EVENT, '').replace(/[\s,&+]|\band\b/g, '');
  if (left !== '') throw new CaseError(`"${left}" in "${text}" is no event`);
  return [...text.matchAll(EVENT)].flatMap(([one, times, kind = '', bang, port, bangAfter, count]) => {
    const known = Object.keys(KINDS).find((name): name is keyof typeof KINDS => name === kind);
    if (known === undefined) throw new CaseError(`"${one}" is no event`);
    const event = {
      kind: known,
      graver: (bang ?? bangAfter) !== undefined,
      ...(port === undefined ? {} : { port: port.replace('/tcp', '') }),
      ...(count === undefined ? {} : { count: Number(count) }),
    };
    return Array.from({ length: Number(times ?? 1) }, () => event);
  });
}

/** @returns the events in the words of the cases */
export function asWritten(events: readonly ChangeEvent[], counts = false): string {
  const texts = events.map(
    (event) =>
      `${event.kind}${isGraver(event) ? '!' : ''}${portOf(event) ? ` ${portOf(event)}` : ''}${counts && event.count !== undefined ? ` (${event.count})` : ''}`,
  );
  return texts.length === 0 ? 'none' : texts.sort().join(', ');
}

/** The events that a case speaks of: those that are told by themselves, and asides only when it names one. */
export function spokenOf(events: readonly ChangeEvent[], expected: readonly ExpectedEvent[]): ChangeEvent[] {
  const named = new Set(expected.flatMap(({ kind }) => (ASIDE.has(kind) ? [kind as string] : [])));
  return events.filter(({ kind, partOf }) => partOf === undefined && (!ASIDE.has(kind) || named.has(kind)));
}

export function sameEvents(came: readonly ChangeEvent[], expected: readonly ExpectedEvent[]): boolean {
  const left = [...came];
  for (const one of expected) {
    const at = left.findIndex(
      (event) =>
        event.kind === one.kind &&
        (one.port === undefined || portOf(event) === one.port) &&
        (!one.graver || isGraver(event)) &&
        // A move of a host is info or graver; a case that does not say graver means info.
        (one.graver || one.kind !== 'address.changed' || !isGraver(event)) &&
        (one.count === undefined || one.count === event.count),
    );
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return left.length === 0;
}

const LEVELS = ['info', 'low', 'medium', 'high'];

function isGraver({ kind, severity }: ChangeEvent): boolean {
  const base = Object.entries(KINDS).find(([name]) => name === kind)?.[1].severity ?? 'info';
  return LEVELS.indexOf(severity) > LEVELS.indexOf(base);
}

const portOf = ({ port, protocol }: ChangeEvent): string | undefined =>
  port === undefined ? undefined : protocol === 'tcp' ? String(port) : `${port}/${protocol}`;
