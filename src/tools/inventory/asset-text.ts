/** One asset on one page: who it is and why, what it offers since when, what changed, what is expected. */
import type { Asset, KeptFact, Service } from '../../core/asset.ts';
import type { AssetView } from '../../inventory/service.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { plural } from '../results/numbers.ts';
import { addressOf, age } from './asset-line.ts';
import { changeLine, day } from './change-line.ts';

/** Ports that are not open are told by number up to here. */
const MOST_SERVICES = 60;

export function assetText({ asset, changes, expected, asOf }: AssetView, now: number): string {
  return [
    title(asset, asOf),
    UNTRUSTED_NOTICE,
    `Seen since ${day(asset.firstSeen)}, last ${age(now - asset.lastSeen)} ago; ${asset.state} since ${day(asset.stateSince)}; class ${asset.class}${asset.criticality === 'high' ? ', critical' : ''}.`,
    `One host because: ${asset.why ?? 'its address'} (confidence ${asset.confidence}).`,
    ...addressLines(asset),
    ...markLines(asset),
    ...serviceLines(asset, now),
    ...factLines(asset),
    ...(expected.length > 0 ? ['Expected:', ...expected.map((line) => `  ${line}`)] : []),
    ...(changes.length > 0 ? ['Changes:', ...changes.map((row) => `  ${changeLine(row)}`)] : []),
  ].join('\n');
}

function title(asset: Asset, asOf: number | undefined): string {
  const words = [
    addressOf(asset) ?? '',
    asset.name ?? '',
    asset.vendor ? `(${asset.vendor})` : '',
    asset.os ? `${asset.os.name} (${asset.os.accuracy} %)` : '',
    `[${asset.uid}, site ${asset.site}]`,
    ...asset.flags.map((flag) => `[${flag.replaceAll('_', ' ')}]`),
    asset.mergedInto === undefined ? '' : `merged into ${asset.mergedInto}`,
    asOf === undefined ? '' : `as of ${new Date(asOf).toISOString()}`,
  ];
  return words.filter((word) => word !== '').join(' ');
}

function addressLines({ addresses }: Asset): string[] {
  if (addresses.length < 2) return [];
  const spans = addresses.map(
    ({ address, from, to }) => `${address} (${day(from)} to ${to === undefined ? 'now' : day(to)})`,
  );
  return [`Addresses: ${spans.join(', ')}`];
}

function markLines({ identifiers }: Asset): string[] {
  const current = identifiers.filter(({ endedAt }) => endedAt === undefined);
  if (current.length === 0) return [];
  const words = current.map(({ type, value, detail, worth }) => {
    const kind = [type.replaceAll('_', ' '), detail ?? ''].filter((word) => word !== '').join(' ');
    return `${kind} ${value} (${worth})`;
  });
  return [`Marks: ${words.join('; ')}`];
}

function serviceLines({ services }: Asset, now: number): string[] {
  const open = services.filter(({ word }) => word === 'open');
  const others = services.filter(({ word }) => word !== 'open');
  if (services.length === 0) return ['Ports: none was asked.'];
  const shown = [...open, ...others].slice(0, MOST_SERVICES);
  const rest = services.length - shown.length;
  return [
    'Ports:',
    ...shown.map((service) => `  ${serviceLine(service, now)}`),
    ...(rest > 0 ? [`  and ${plural(rest, 'port')} more`] : []),
  ];
}

function serviceLine(service: Service, now: number): string {
  const { port, protocol, word, vantage, service: said, changedAt, firstOpen, confirmedAt } = service;
  const what = [
    said?.tunnel === 'ssl' ? 'ssl' : '',
    said?.name ?? '',
    said?.product ?? '',
    said?.version ?? '',
  ]
    .filter((part) => part !== '')
    .join(' ');
  const pending = service.against.all > 0 ? `, ${plural(service.against.all, 'look')} against it` : '';
  const since = word === 'open' ? (firstOpen ?? changedAt) : changedAt;
  return [
    `${port}/${protocol} ${word}`,
    what === '' ? '' : ` ${what}${said?.method === 'table' ? '?' : ''}`,
    `, since ${day(since)}, confirmed ${age(now - confirmedAt)} ago from ${vantage}`,
    pending,
    service.flapping ? ', flapping' : '',
    service.variants ? `, one of several: ${service.recent.join(' | ')}` : '',
  ].join('');
}

function factLines({ facts }: Asset): string[] {
  return facts.filter(({ endedAt }) => endedAt === undefined).map((kept) => `  ${factLine(kept)}`);
}

function factLine({ fact }: KeptFact): string {
  const at = `${fact.port}/${fact.protocol}`;
  if (fact.type === 'cert') {
    const until = fact.notAfter === undefined ? '' : `, valid to ${day(fact.notAfter)}`;
    const issuer = fact.issuer === undefined ? '' : `, from ${fact.issuer}`;
    return `${at} certificate ${fact.subject ?? ''} ${fact.fingerprint}${issuer}${until}`;
  }
  if (fact.type === 'hostkey') return `${at} host key ${fact.keyType} ${fact.fingerprint}`;
  return `${at} ${fact.type} ${fact.text}`;
}
