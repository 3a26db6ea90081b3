/** Reads a query of the inventory: `port:22 -os:linux (name:db* or tag:prod) last_seen:<7d`. */

import { formatAddress, parseNetwork } from '../address.ts';
import type { AssetClass, AssetState } from '../asset.ts';
import { SEVERITIES } from '../asset.ts';
import { PortolanError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { Protocol } from '../result.ts';
import { type Node, type NodeTerm, parse as parseNodes, SyntaxError as Unreadable } from './grammar.js';
import {
  POSSESSIONS,
  QUALITIES,
  type Query,
  type ServiceTerm,
  TEXT_FIELDS,
  type Term,
  TIME_FIELDS,
} from './query.ts';

const LONGEST = 2000;
const CLASSES = ['always_on', 'normal', 'may_sleep', 'ephemeral'] as const satisfies readonly AssetClass[];
const STATES = ['present', 'absent', 'archived'] as const satisfies readonly AssetState[];

/** Each word, with what may stand behind it. */
const WORDS: Readonly<Record<string, (term: NodeTerm) => Term>> = {
  port: (term) => ({
    kind: 'service',
    ports: plain(term)
      .split(',')
      .map((one) => portOf(one, term)),
  }),
  service: (term) => ({ kind: 'service', service: textOf(term) }),
  product: (term) => ({ kind: 'service', product: textOf(term) }),
  version: ({ operator, value, ...term }) => ({
    kind: 'service',
    version: { comparison: operator, text: filled(value.toLowerCase(), term.text) },
  }),
  net: (term) => netOf(plain(term)) ?? refuse(term, 'an address, a network (10.0.0.0/24) or a range of them'),
  id: (term) => ({ kind: 'id', uid: plain(term) }),
  mac: (term) => ({
    kind: 'mac',
    prefix: macOf(plain(term)) ?? refuse(term, 'a MAC address or its beginning'),
  }),
  class: (term) => ({ kind: 'class', value: oneOf(CLASSES, term) }),
  state: (term) => ({ kind: 'state', value: oneOf(STATES, term) }),
  severity: (term) => ({
    kind: 'severity',
    comparison: term.operator,
    value: oneOf(SEVERITIES, { ...term, operator: '=' }),
  }),
  incident: (term) => ({ kind: 'incident', text: textOf(term) }),
  is: (term) => ({ kind: 'is', value: oneOf(QUALITIES, term) }),
  has: (term) => ({ kind: 'has', value: oneOf(POSSESSIONS, term) }),
  ...Object.fromEntries(
    TEXT_FIELDS.map((of) => [of, (term: NodeTerm): Term => ({ kind: 'text', of, text: textOf(term) })]),
  ),
  ...Object.fromEntries(TIME_FIELDS.map((of) => [of, (term: NodeTerm): Term => timeOf(of, term)])),
};

/** All words of the language, for completions and messages. */
export const QUERY_WORDS: readonly string[] = Object.keys(WORDS);

/**
 * An empty text asks for everything. Words side by side that tell of a service tell of one and the same:
 * `product:nginx version:<1.26`; two of a kind tell of two: `port:22 port:80`.
 * @throws PortolanError invalid_argument, which names the nearest word there is
 */
export function parseQuery(text: string): Query {
  if (text.length > LONGEST) {
    throw new PortolanError(
      'invalid_argument',
      `The query has ${text.length} characters.`,
      'Ask less at once.',
      {
        limit: `at most ${LONGEST} characters`,
      },
    );
  }
  try {
    return checked(parseNodes(text));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { offset } = error.location.start;
    const where =
      error.found === null ? 'at its end' : `at ${JSON.stringify(text.slice(offset, offset + 20))}`;
    throw new PortolanError(
      'invalid_argument',
      `The query cannot be read ${where}.`,
      'Close what is opened, ( and "; write words as port:22, with spaces or `or` between them and - before what must not be.',
    );
  }
}

function checked(node: Node): Query {
  if (node.kind === 'not') return { kind: 'not', part: checked(node.part) };
  if (node.kind === 'term') return termOf(node);
  if (node.kind === 'or') return { kind: 'or', parts: node.parts.map(checked) };
  const joined: Query[] = [];
  let joins = false;
  for (const one of node.parts) {
    const part = checked(one);
    const before = joined.at(-1);
    // Brackets keep apart: (port:22) (product:nginx) may be two services.
    const isWord = one.kind === 'term';
    if (joins && isWord && before?.kind === 'service' && part.kind === 'service' && isApart(before, part))
      joined[joined.length - 1] = { ...before, ...part };
    else joined.push(part);
    joins = isWord;
  }
  const [only] = joined;
  return joined.length === 1 && only ? only : { kind: 'and', parts: joined };
}

const isApart = (a: ServiceTerm, b: ServiceTerm) =>
  Object.keys(a).every((key) => key === 'kind' || !Object.hasOwn(b, key));

function termOf(term: NodeTerm): Term {
  // An IPv6 address or a MAC begins like a word: dead:beef::1.
  const net = netOf(term.text);
  if (net) return net;
  const mac = /^([0-9a-f]{2}[:-]){2,5}[0-9a-f]{2}$/i.test(term.text) ? macOf(term.text) : undefined;
  if (mac !== undefined) return { kind: 'mac', prefix: mac };
  if (term.word === '') return { kind: 'anything', text: textOf(term) };
  const word = term.word.toLowerCase();
  const read = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  if (read) return read(term);
  const near = nearest(word, QUERY_WORDS);
  throw new PortolanError(
    'invalid_argument',
    `There is no word ${JSON.stringify(term.word.slice(0, 40))} in queries.`,
    near === undefined
      ? `Use one of: ${QUERY_WORDS.join(', ')}; put quotes around a text with a colon.`
      : `Did you mean ${near}:? The words are ${QUERY_WORDS.join(', ')}.`,
  );
}

function refuse(term: Pick<NodeTerm, 'text'>, wanted: string): never {
  throw new PortolanError(
    'invalid_argument',
    `${JSON.stringify(term.text.slice(0, 60))} in the query is not understood.`,
    `Give ${wanted}.`,
  );
}

const filled = (value: string, text: string) =>
  value === '' ? refuse({ text }, 'a text behind the colon') : value;

/** The value of a word that is not compared. */
function plain(term: NodeTerm): string {
  if (term.operator !== '=') refuse(term, `${term.word}: without ${term.operator}`);
  return filled(term.value, term.text);
}

const textOf = (term: NodeTerm): string => plain(term).toLowerCase();

function oneOf<T extends string>(values: readonly T[], term: NodeTerm): T {
  const given = textOf(term);
  const value = values.find((one) => one === given);
  if (value !== undefined) return value;
  const near = nearest(given, values);
  return refuse(
    term,
    `${near === undefined ? '' : `${term.word}:${near}, or another of `}${values.join(', ')}`,
  );
}

function portOf(text: string, term: NodeTerm): NonNullable<ServiceTerm['ports']>[number] {
  const [, from, to, name] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  const protocol = Protocol.safeParse(name?.toLowerCase());
  if (from === undefined || first > last || last > 65_535 || (name !== undefined && !protocol.success))
    return refuse(term, 'ports as in port:22, port:53/udp, port:80,443,8000-8100');
  return { first, last, ...(protocol.success ? { protocol: protocol.data } : {}) };
}

function netOf(text: string): Term | undefined {
  const [from = '', to, ...rest] = text.split('-');
  const first = parseNetwork(from);
  const last = to === undefined ? first : to.includes('/') ? undefined : parseNetwork(to);
  if (!first || !last || rest.length > 0 || first.family !== last.family || last.last < first.first)
    return undefined;
  const { family } = first;
  return {
    kind: 'net',
    first: formatAddress({ family, value: first.first }),
    last: formatAddress({ family, value: last.last }),
  };
}

function macOf(text: string): string | undefined {
  const digits = text.toLowerCase().replace(/[:-]/g, '').replace(/\*$/, '');
  if (!/^[0-9a-f]{1,12}$/.test(digits)) return undefined;
  return digits.replace(/..(?=.)/g, '$&:');
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `<7d`: less than seven days ago. `<2026-11-01`: before that day (UTC). Without a sign: within that time, or on that day or later. */
function timeOf(of: (typeof TIME_FIELDS)[number], term: NodeTerm): Term {
  const [, number, unit = ''] = /^(\d{1,5})([mhdw])$/i.exec(term.value) ?? [];
  const smaller = term.operator.startsWith('<');
  if (number !== undefined) {
    const age = Number(number) * (UNITS[unit.toLowerCase()] ?? 0);
    return { kind: 'time', of, side: smaller || term.operator === '=' ? 'after' : 'before', when: { age } };
  }
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/.test(term.value) ? Date.parse(term.value) : Number.NaN;
  if (Number.isNaN(at)) refuse(term, 'an age as in 30m, 24h, 7d, 4w, or a date as in 2026-11-01');
  return { kind: 'time', of, side: smaller ? 'before' : 'after', when: { at } };
}
