/** What each mark of a sighting is worth for telling hosts apart, before anybody is looked for. */
import type { Identifier } from '../../core/asset.ts';
import type { Fact, Mark, MarkType, Sighting } from '../../core/look.ts';
import { type CardKind, cardKind, normalMac } from './mac.ts';
import { isGeneric, normalName } from './names.ts';
import { worthless } from './worthless.ts';

export type Worth = Identifier['worth'];

export interface GradedMark extends Mark {
  worth: Worth;
  /** A name that many hosts have: it tells a host only together with a second mark. */
  generic?: true;
  /** Of MAC addresses. */
  card?: CardKind;
  /** Why it is worth less than its kind. */
  why?: string;
}

export interface GradeContext {
  /** Why the value was found to be worth nothing in this site: many hosts have it. */
  spent: (type: MarkType, value: string) => string | undefined;
  /** True of a hypervisor's MAC that was seen on enough days to be as good as a card's. */
  steady: (mac: string) => boolean;
  /** Whether the maker of a MAC is known; left out, all are. */
  knownMaker?: (mac: string) => boolean;
}

/** How a mark is written, so that the same mark is the same text. */
export function normalMark({ type, value }: Pick<Mark, 'type' | 'value'>): string {
  switch (type) {
    case 'mac':
      return normalMac(value) ?? value.toLowerCase();
    case 'name':
    case 'ptr':
    case 'asked_name':
    case 'cert_name':
      return normalName(value);
    default:
      return value.trim();
  }
}

/** The marks of a sighting in one spelling, each once, with their worth. */
export function gradeMarks(sighting: Pick<Sighting, 'marks' | 'facts'>, context: GradeContext): GradedMark[] {
  const marks = new Map<string, Mark>();
  for (const mark of sighting.marks) {
    const value = normalMark(mark);
    if (value !== '') marks.set(`${mark.type} ${value}`, { ...mark, value });
  }
  const graded = [...marks.values()].map((mark) => grade(mark, sighting.facts, context));
  // Who holds the shared address today shows its own keys and names there; they do not make the address that host.
  if (!graded.some(({ card }) => card === 'shared')) return graded;
  return graded.map((mark) =>
    mark.worth === 'key' || mark.worth === 'support' || mark.worth === 'serial'
      ? { ...mark, worth: 'hint', why: 'shown behind an address that several hosts share' }
      : mark,
  );
}

function grade(mark: Mark, facts: readonly Fact[], context: GradeContext): GradedMark {
  const { type, value, detail } = mark;
  const against = worthless(type, value, detail) ?? context.spent(type, value);
  if (against !== undefined) return { ...mark, worth: 'none', why: against, ...cardOf(mark) };
  switch (type) {
    case 'serial':
    case 'smbios':
    case 'cloud_id':
    case 'snmp_engine':
      return { ...mark, worth: 'serial' };
    case 'ssh_key':
      return { ...mark, worth: 'key' };
    case 'tls_key':
      return publicCertificate(value, facts)
        ? { ...mark, worth: 'hint', why: 'its certificate is of a public authority: a name, not a host' }
        : { ...mark, worth: 'key' };
    case 'mac':
      return gradeMac(mark, context);
    case 'name':
      return isGeneric(value)
        ? { ...mark, worth: 'support', generic: true, why: 'many hosts are called so' }
        : { ...mark, worth: 'support' };
    case 'ptr':
    case 'asked_name':
    case 'cert_name':
      return { ...mark, worth: 'hint' };
  }
}

function cardOf({ type, value }: Mark): { card?: CardKind } {
  return type === 'mac' ? { card: cardKind(value) } : {};
}

function gradeMac(mark: Mark, { steady, knownMaker }: GradeContext): GradedMark {
  const card = cardKind(mark.value);
  switch (card) {
    case 'shared':
      return { ...mark, card, worth: 'none', why: 'several hosts answer with it' };
    case 'card':
      return knownMaker && !knownMaker(mark.value)
        ? { ...mark, card: 'random', worth: 'weak', why: 'no known maker has this prefix' }
        : { ...mark, card, worth: 'card' };
    case 'steady':
      return { ...mark, card, worth: steady(mark.value) ? 'card' : 'weak' };
    case 'random':
      return { ...mark, card, worth: 'weak', why: 'made up by the host' };
  }
}

/** Issuers whose certificates anybody can buy or get: they move between hosts, and one is on many. */
const PUBLIC_ISSUERS =
  /let'?s encrypt|isrg|zerossl|digicert|globalsign|sectigo|comodo|usertrust|godaddy|starfield|amazon|google trust|gts ca|entrust|microsoft (azure|rsa|ecc) tls|cloudflare|buypass|actalis|certum|identrust|ssl\.com|geotrust|thawte|rapidssl|swisssign|harica|trustwave|quovadis/i;

/** True of the key of a certificate that a public authority signed. */
function publicCertificate(key: string, facts: readonly Fact[]): boolean {
  return facts.some(
    (fact) =>
      fact.type === 'cert' &&
      fact.key === key &&
      fact.selfSigned !== true &&
      PUBLIC_ISSUERS.test(fact.issuer ?? ''),
  );
}

/**
 * True of a sighting in which the host itself answered somebody: us, or whoever wrote a report of it. Marks alone that a
 * list or another machine tells of are hearsay, and make no host.
 */
export function answeredItself({ said, address, ports, counted }: Sighting): boolean {
  if (said !== 'imported') return said === 'queried';
  const answer = ({ word }: { word: string }) => word === 'open' || word === 'closed';
  return address !== undefined && (ports.some(answer) || counted.some(answer));
}
