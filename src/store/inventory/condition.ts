/** What can be asked of assets, as a tree; every way to ask (command line, REST, MCP) becomes one of these. */
import { isIP } from 'node:net';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { AssetClass, AssetFlag, AssetState, Severity } from '../../core/asset.ts';
import { SEVERITIES } from '../../core/asset.ts';
import type { Protocol } from '../../core/result.ts';
import { addressBytes } from './address-bytes.ts';

/** A time, in ms, that something lies before, or not before. */
export type When = { before: number } | { from: number };

export type Condition =
  | { all: readonly Condition[] }
  | { any: readonly Condition[] }
  | { not: Condition }
  /** An open port. */
  | { port: number; last?: number; protocol?: Protocol }
  /** An open port whose service is one of these, by number: versions are compared outside (ServiceFinder). */
  | { fingerprints: readonly number[] }
  | { net: { first: string; last: string } }
  /** The beginning of a name, in small letters, or with * for anything. */
  | { name: string }
  | { mac: string }
  | { vendor: string }
  | { os: string }
  | { tag: string }
  | { uid: readonly string[] }
  | { class: AssetClass }
  | { state: AssetState }
  | { flag: AssetFlag }
  | { firstSeen: When }
  | { lastSeen: When }
  /** Something about it changed. */
  | { changed: When }
  /** It has open events of this severity, or graver. */
  | { severity: Severity }
  | { kind: string }
  | { incident: string }
  /** A certificate that is valid now ends before this. */
  | { certEnds: number }
  | { flapping: true }
  /** One and the same open port: any of these, and any of these services. */
  | {
      service: {
        ports?: readonly { first: number; last: number; protocol?: Protocol }[];
        fingerprints?: readonly number[];
      };
    }
  /** All of a text, whatever its case, with * for anything. */
  | { text: 'site' | 'name' | 'vendor' | 'os' | 'tag'; pattern: string }
  /** The same in anything that it is called by, or says of itself. */
  | { anything: string }
  /** It has open events of these severities, of such a kind, or that nobody expects. */
  | { severities: readonly Severity[] }
  | { openKind: string }
  | { unexpected: true };

type Is = RawBuilder<SqlBool>;

/** The condition on a row of `assets`. */
export function assetsThat(condition: Condition): Is {
  if ('all' in condition) return joined(condition.all.map(assetsThat), sql` and `, sql<SqlBool>`1 = 1`);
  if ('any' in condition) return joined(condition.any.map(assetsThat), sql` or `, NOTHING);
  if ('not' in condition) return sql<SqlBool>`not (${assetsThat(condition.not)})`;
  return leaf(condition);
}

const NOTHING = sql<SqlBool>`1 = 0`;

function joined(parts: readonly Is[], by: RawBuilder<unknown>, none: Is): Is {
  return parts.length === 0 ? none : sql<SqlBool>`(${sql.join(parts, by)})`;
}

function leaf(given: Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>): Is {
  if ('service' in given) return serviceThat(given.service);
  if ('text' in given) return textOf(given.text, given.pattern);
  if ('anything' in given) return anything(given.anything);
  if ('severities' in given)
    return openEvent(
      given.severities.length === 0
        ? NOTHING
        : sql<SqlBool>`events.severity in (${sql.join([...given.severities])})`,
    );
  if ('openKind' in given) return openEvent(fits(sql.ref('events.kind'), given.openKind));
  if ('unexpected' in given) return openEvent(sql<SqlBool>`events.expected = 0`);
  if ('port' in given) return openPort(given);
  if ('fingerprints' in given) return oneOfServices(given.fingerprints);
  if ('net' in given) return within(given.net);
  if ('name' in given) return named(given.name);
  if ('mac' in given) return marked('mac', given.mac);
  if ('vendor' in given) return like('assets.vendor', given.vendor);
  if ('os' in given)
    return joined(
      [like('assets.os_family', given.os), like('assets.os', `*"name":"${given.os}`)],
      sql` or `,
      NOTHING,
    );
  // A tag is written as JSON, so a quote within it has a stroke before it.
  if ('tag' in given) return like('assets.tags', `*${JSON.stringify(given.tag)}*`);
  if ('uid' in given) return oneOf('assets.uid', given.uid);
  if ('class' in given) return oneOf('assets.class', [given.class]);
  if ('state' in given) return oneOf('assets.state', [given.state]);
  if ('flag' in given) return like('assets.flags', `*"${given.flag}"*`);
  if ('firstSeen' in given) return at('assets.first_seen', given.firstSeen);
  if ('lastSeen' in given) return at('assets.last_seen', given.lastSeen);
  if ('flapping' in given) return flapping();
  if ('certEnds' in given) return certificateEnds(given.certEnds);
  return hasEvent(given);
}

/** Of every site, so that indexes that begin with it serve: compared to that of each asset, the list would be made for each. */
const ANY_SITE = sql<SqlBool>`site_id in (select id from sites)`;

const some = (query: RawBuilder<unknown>): Is => sql<SqlBool>`assets.id in (${query})`;

const oneOf = (column: string, values: readonly string[]): Is =>
  values.length === 0 ? NOTHING : sql<SqlBool>`${sql.ref(column)} in (${sql.join([...values])})`;

/** By the index of open ports alone. */
function openPort({ port, last = port, protocol }: { port: number; last?: number; protocol?: Protocol }): Is {
  const of = protocol === undefined ? sql`` : sql`and protocol = ${protocol}`;
  const ports = port === last ? sql`port = ${port}` : sql`port between ${port} and ${last}`;
  return some(sql`select asset_id from services where ${ANY_SITE} and word = 'open' and ${ports} ${of}`);
}

function oneOfServices(fingerprints: readonly number[]): Is {
  if (fingerprints.length === 0) return NOTHING;
  return some(sql`select asset_id from services where ${ANY_SITE} and word = 'open'
    and fingerprint_id in (${sql.join([...fingerprints])})`);
}

function within({ first, last }: { first: string; last: string }): Is {
  return some(sql`select asset_id from addresses where ${ANY_SITE} and valid_to is null
    and addr16 between ${addressBytes(first)} and ${addressBytes(last)}`);
}

/** Its own name, or one that it is called by. */
function named(name: string): Is {
  const wanted = name.toLowerCase();
  return sql<SqlBool>`(${like('assets.name', wanted)} or ${some(sql`
    select asset_id from identifiers where ${ANY_SITE}
      and type in ('name', 'ptr', 'asked_name', 'cert_name') and ended_at is null and ${like('value', wanted)}`)})`;
}

function marked(type: string, value: string): Is {
  return some(sql`select asset_id from identifiers where ${ANY_SITE}
    and type = ${type} and ${like('value', value.toLowerCase())}`);
}

/** The beginning of a text, whatever its case; * stands for anything. */
export function like(column: string, wanted: string): Is {
  const pattern = wanted.replace(/[\\%_]/g, (sign) => `\\${sign}`).replace(/\*/g, '%');
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${`${pattern.toLowerCase()}%`} escape '\\'`;
}

function at(column: string, when: When): Is {
  return 'before' in when
    ? sql<SqlBool>`${sql.ref(column)} < ${when.before}`
    : sql<SqlBool>`${sql.ref(column)} >= ${when.from}`;
}

function flapping(): Is {
  return some(sql`select asset_id from services where ${ANY_SITE} and more like '%"flapping":true%'`);
}

function certificateEnds(before: number): Is {
  return some(sql`select asset_id from facts where ${ANY_SITE} and ended_at is null
    and expires_at < ${before}`);
}

function hasEvent(
  given: { changed: When } | { severity: Severity } | { kind: string } | { incident: string },
): Is {
  return some(sql`select asset_id from events where ${ANY_SITE} and asset_id is not null
    and ${eventsThat(given)}`);
}

function eventsThat(
  given: { changed: When } | { severity: Severity } | { kind: string } | { incident: string },
): Is {
  if ('changed' in given) return at('events.seen_at', given.changed);
  if ('kind' in given) return like('events.kind', given.kind);
  if ('incident' in given)
    return sql<SqlBool>`incident_id in (select id from incidents where uid = ${given.incident})`;
  return sql<SqlBool>`events.state = 'open' and events.severity in (${sql.join(atLeast(given.severity))})`;
}

function serviceThat({
  ports,
  fingerprints,
}: {
  ports?: readonly { first: number; last: number; protocol?: Protocol }[];
  fingerprints?: readonly number[];
}): Is {
  const parts = [
    ...(ports
      ? [
          joined(
            ports.map(({ first, last, protocol }) =>
              protocol === undefined
                ? sql<SqlBool>`port between ${first} and ${last}`
                : sql<SqlBool>`(port between ${first} and ${last} and protocol = ${protocol})`,
            ),
            sql` or `,
            NOTHING,
          ),
        ]
      : []),
    ...(fingerprints
      ? [
          fingerprints.length === 0
            ? NOTHING
            : sql<SqlBool>`fingerprint_id in (${sql.join([...fingerprints])})`,
        ]
      : []),
  ];
  return some(sql`select asset_id from services where ${ANY_SITE} and word = 'open'
    and ${joined(parts, sql` and `, sql<SqlBool>`1 = 1`)}`);
}

function textOf(text: 'site' | 'name' | 'vendor' | 'os' | 'tag', pattern: string): Is {
  switch (text) {
    case 'site':
      return sql<SqlBool>`assets.site_id in (select id from sites where ${fits(sql.ref('sites.name'), pattern)})`;
    case 'name':
      return sql<SqlBool>`(${fits(sql.ref('assets.name'), pattern)} or ${calledBy(NAMES, pattern)})`;
    case 'vendor':
      return fits(sql.ref('assets.vendor'), pattern);
    case 'os':
      return sql<SqlBool>`(${fits(sql.ref('assets.os_family'), pattern)} or ${fits(sql.ref('assets.os'), `*"name":"${pattern}"*`)})`;
    default:
      return fits(sql.ref('assets.tags'), `*${JSON.stringify(pattern)}*`);
  }
}

const NAMES = ['name', 'ptr', 'asked_name', 'cert_name'];

function calledBy(types: readonly string[], pattern: string): Is {
  return some(sql`select asset_id from identifiers where ${ANY_SITE}
    and type in (${sql.join([...types])}) and ended_at is null and ${fits(sql.ref('value'), pattern)}`);
}

function anything(pattern: string): Is {
  const parts = [
    textOf('name', pattern),
    textOf('vendor', pattern),
    textOf('os', pattern),
    calledBy(['mac'], pattern),
    ...startOf(pattern.replaceAll('*', '')).map(within),
    some(sql`select asset_id from services inner join fingerprints on fingerprints.id = services.fingerprint_id
      where ${ANY_SITE} and word = 'open'
      and (${fits(sql.ref('fingerprints.name'), pattern)} or ${fits(sql.ref('fingerprints.product'), pattern)})`),
  ];
  return joined(parts, sql` or `, NOTHING);
}

/** The addresses that begin so, where it is an address or the first numbers of one (10.0.1). */
function startOf(text: string): { first: string; last: string }[] {
  if (isIP(text) !== 0) return [{ first: text, last: text }];
  const numbers = text.split('.').filter((one) => one !== '');
  if (
    numbers.length < 2 ||
    numbers.length > 3 ||
    numbers.some((one) => !/^\d{1,3}$/.test(one) || Number(one) > 255)
  )
    return [];
  const filled = (rest: string) =>
    [...numbers.map(Number), ...Array(4 - numbers.length).fill(rest)].join('.');
  return [{ first: filled('0'), last: filled('255') }];
}

function openEvent(that: Is): Is {
  return some(sql`select asset_id from events where ${ANY_SITE} and asset_id is not null
    and events.state = 'open' and ${that}`);
}

/** All of a text, whatever its case; * stands for anything. */
function fits(text: RawBuilder<unknown>, pattern: string): Is {
  const escaped = pattern
    .toLowerCase()
    .replace(/[\\%_]/g, (sign) => `\\${sign}`)
    .replace(/\*/g, '%');
  return sql<SqlBool>`lower(${text}) like ${escaped} escape '\\'`;
}

/** This severity and the graver ones. */
export function atLeast(severity: Severity): Severity[] {
  return SEVERITIES.slice(SEVERITIES.indexOf(severity));
}
