/** Rule R8: whether a service is another one, another version, or one of several behind an address. */
import type { Service } from '../../core/asset.ts';
import type { ServiceSighting } from '../../core/look.ts';
import type { Thresholds } from '../thresholds.ts';
import type { ChangeKind } from './kinds.ts';

export interface ServiceVerdict {
  row: Service;
  change?: { kind: ChangeKind; before: string; after: string };
  held?: string;
  /** It is one of several again: what changed before is undone by that. */
  returns?: true;
}

/** `nginx 1.24`, as events write it. */
export const serviceText = ({ product, version, name }: ServiceSighting): string =>
  [product ?? name ?? '', version ?? ''].join(' ').trim();

/** What an open port's service is after this look, and whether that is news. `look` counts the looks at the port. */
export function judgeService(
  row: Service,
  now: ServiceSighting | undefined,
  look: number,
  limits: Thresholds,
): ServiceVerdict {
  if (now === undefined || isWrapped(now)) return { row };
  const before = row.service;
  if (!isBelieved(now, limits)) return before ? { row } : { row: { ...row, service: now } };
  if (before === undefined || !isBelieved(before, limits)) return { row: { ...row, service: now } };
  const sameProduct = isSame(before.product, now.product);
  // A probe that tells less than the one before has learnt less.
  if (sameProduct && now.version === undefined) return { row };
  if (sameProduct && before.version === undefined) return { row: { ...row, service: now } };
  if (sameProduct && isSame(before.version, now.version)) return { row };
  const change = { before: serviceText(before), after: serviceText(now) };
  const { recent, returns } = remember(row, productText(before), productText(now), look, limits);
  const changed: Service = { ...row, service: now, recent };
  if (!returns) {
    return { row: changed, change: { kind: sameProduct ? 'service.version' : 'service.changed', ...change } };
  }
  if (row.variants) return { row: changed, held: `${change.after} again, one of several`, returns: true };
  return {
    row: { ...changed, variants: true },
    change: { kind: 'service.variants', ...change },
    returns: true,
  };
}

/**
 * A value gives way to another one. `returns`: the new one was there among the last looks, so the subject has several at
 * the same time. Of those that were there before only as many are kept as may still return; of a subject that is known to
 * have several, the last few whenever they were.
 */
export function remember(
  { recent, variants }: Pick<Service, 'recent' | 'variants'>,
  before: string,
  now: string,
  look: number,
  limits: Thresholds,
): { recent: Service['recent']; returns: boolean } {
  const mayReturn = (one: { look: number }) => variants === true || look - one.look <= limits.variantLooks;
  const returns = recent.some((one) => one.value === now && mayReturn(one));
  const kept = recent.filter((one) => one.value !== before && mayReturn(one)).slice(-limits.variantLooks);
  return { recent: [...kept, { value: before, look: look - 1 }], returns };
}

/** The service hung up before it said anything (nmap's tcpwrapped): nothing was learnt. */
const isWrapped = ({ name, product }: ServiceSighting): boolean =>
  name === 'tcpwrapped' || product === 'tcpwrapped';

const isBelieved = (
  { method, confidence, product }: ServiceSighting,
  { confidence: least }: Thresholds,
): boolean => method === 'probed' && confidence >= least && product !== undefined;

const productText = (service: ServiceSighting) =>
  `${plainText(service.product)} ${plainText(service.version)}`;

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
const DATE = new RegExp(
  [
    `\\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(?:${MONTH}[ -]\\d{1,2}(?:,?[ -]\\d{4})?|\\d{1,2}[ -]${MONTH}[ -]\\d{2,4})\\b`,
    '\\b\\d{4}-\\d{2}-\\d{2}(?:[t ]\\d{2}:\\d{2}(?::\\d{2})?z?)?\\b',
    '\\b(?:19|20)\\d{6}\\b',
    '\\b\\d{1,2}:\\d{2}(?::\\d{2})?\\b',
  ].join('|'),
  'g',
);
const BUILD = /#\d+\b|\bbuild[ :=-]*\d+\b/g;
/** A session, not a version: long digits of base 16 with letters and figures among them. */
const TOKEN = /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,}\b/g;

const isSame = (one: string | undefined, other: string | undefined): boolean =>
  one === other || plainText(one) === plainText(other);

/** As it is compared: without the day it was built, its build number, and what is new in each connection. */
export function plainText(text: string | undefined): string {
  return (text ?? '')
    .toLowerCase()
    .replace(DATE, ' ')
    .replace(BUILD, ' ')
    .replace(TOKEN, ' ')
    .replace(/[\s(),;]+/g, ' ')
    .trim();
}
