/** What happened to an incident, in one line that says it to somebody who reads nothing else. */
import type { AlertItem, AlertWord } from '../core/alert.ts';
import type { ChangeEvent } from '../core/asset.ts';
import type { KeptEvent } from '../store/inventory/change-reads.ts';

type Where = Pick<
  ChangeEvent,
  'kind' | 'address' | 'asset' | 'port' | 'protocol' | 'before' | 'after' | 'count' | 'sample'
> & { assetName?: string | undefined };

/** `web1 (10.0.0.5)` */
export function hostWords({ address, assetName, asset }: Where): string {
  if (assetName !== undefined && address !== undefined && assetName !== address)
    return `${assetName} (${address})`;
  return address ?? assetName ?? asset ?? 'the network';
}

const portWords = ({ port, protocol }: Where) => `${port ?? '?'}/${protocol ?? 'tcp'}`;
const fromTo = ({ before, after }: Where) =>
  before === undefined && after === undefined ? '' : `: ${before ?? 'nothing'} → ${after ?? 'nothing'}`;
const being = ({ after }: Where) => (after === undefined ? '' : `: ${after}`);

/** What each kind says when it opens, and when it is undone. */
const WORDS: Readonly<
  Record<string, readonly [opened: (of: Where) => string, undone: (of: Where) => string]>
> = {
  'port.opened': [
    (of) => `Port ${portWords(of)} is open on ${hostWords(of)}${openService(of)}`,
    (of) => `port ${portWords(of)} on ${hostWords(of)} is closed again`,
  ],
  'port.closed': [
    (of) => `Port ${portWords(of)} is closed on ${hostWords(of)}`,
    (of) => `port ${portWords(of)} on ${hostWords(of)} is open again`,
  ],
  'port.unreachable': [
    (of) => `Port ${portWords(of)} on ${hostWords(of)} does not answer any more`,
    (of) => `port ${portWords(of)} on ${hostWords(of)} answers again`,
  ],
  'host.new': [
    (of) => `New host: ${hostWords(of)}${being(of)}`,
    (of) => `the new host ${hostWords(of)} is gone again`,
  ],
  'host.missing': [(of) => `Host ${hostWords(of)} is missing`, (of) => `host ${hostWords(of)} is back`],
  'host.replaced': [
    (of) => `Another host is at ${hostWords(of)}${fromTo(of)}`,
    (of) => `the host at ${hostWords(of)} is the former one again`,
  ],
  'hostkey.changed': [
    (of) => `The SSH host key of ${hostWords(of)} changed${fromTo(of)}`,
    (of) => `${hostWords(of)} has its former SSH host key again`,
  ],
  'cert.changed': [
    (of) => `The certificate at ${hostWords(of)} ${portWords(of)} changed${fromTo(of)}`,
    (of) => `${hostWords(of)} ${portWords(of)} shows its former certificate again`,
  ],
  'cert.expiring': [
    (of) => `The certificate at ${hostWords(of)} ${portWords(of)} ends soon${being(of)}`,
    (of) => `the certificate at ${hostWords(of)} ${portWords(of)} was renewed`,
  ],
  'cert.expired': [
    (of) => `The certificate at ${hostWords(of)} ${portWords(of)} has ended${being(of)}`,
    (of) => `the certificate at ${hostWords(of)} ${portWords(of)} was renewed`,
  ],
  'vantage.degraded': [
    (of) => `The view of ${of.after ?? 'a network'} is impaired: what is missing there counts for nothing`,
    (of) => `${of.after ?? 'the network'} can be seen again`,
  ],
};

const openService = ({ after }: Where) =>
  after === undefined || after === 'open' ? '' : `: ${after.replace(/^open,? */, '')}`;

function openedWords(of: Where): string {
  const many =
    of.count === undefined || of.count < 2
      ? ''
      : `, ${of.count} of them${of.sample?.length ? ` (${of.sample.join(', ')})` : ''}`;
  const known = WORDS[of.kind];
  if (known) return `${known[0](of)}${many}`;
  const at = of.port === undefined ? hostWords(of) : `${hostWords(of)} ${portWords(of)}`;
  return `${of.kind.replace('.', ' ')}: ${at}${fromTo(of)}${many}`;
}

const undoneWords = (of: Where): string =>
  WORDS[of.kind]?.[1](of) ?? `${openedWords(of)}: it is as it was before`;

/** @param event the change that opened the incident */
export function lineOf({ word, by }: Pick<AlertItem, 'word' | 'by'>, event: KeptEvent): string {
  const opened = openedWords(event);
  const who = by ?? event.decidedBy ?? 'somebody';
  const why = event.reason === undefined ? '' : ` (${event.reason})`;
  switch (word) {
    case 'undone':
      return `Resolved: ${undoneWords(event)}, confirmed by a later look`;
    case 'accepted':
      return `Resolved: accepted by ${who}${why}: ${opened}`;
    case 'ignored':
      return `Resolved: ignored by ${who}${why}: ${opened}`;
    case 'acknowledged':
      return `Taken up by ${who}${why}: ${opened}`;
    case 'reopened':
      return `Open again, as ${who} undid the decision: ${opened}`;
    case 'escalated':
      return `Nobody has taken it up: ${opened}`;
    default:
      return `${opened}${since(event)}`;
  }
}

/** Of one that is told late: what became of it. */
function since({ closedWhy, closedAt, decidedBy = 'somebody' }: KeptEvent): string {
  if (closedAt === undefined) return '';
  return closedWhy === 'undone'
    ? `; over since ${minuteOf(closedAt)}`
    : `; ${closedWhy ?? 'over'} by ${decidedBy} since`;
}

/** `2026-11-29 07:30Z` */
export const minuteOf = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;

/** Of many: `3 opened, 2 resolved`. */
export const WORD_SUMS: Readonly<Record<AlertWord, string>> = {
  opened: 'new',
  acknowledged: 'taken up',
  undone: 'resolved',
  accepted: 'accepted',
  ignored: 'ignored',
  reopened: 'open again',
  escalated: 'not taken up',
};
