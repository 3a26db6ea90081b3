/** Findings become events: how grave, part of which summary, of which incident (rules R16, R17, R19). */
import type { Asset, ChangeEvent, ValueBefore } from '../../core/asset.ts';
import type { Look } from '../../core/look.ts';
import type { Ledger } from '../identity/ledger.ts';
import type { SiteMemory } from '../memory.ts';
import type { Thresholds } from '../thresholds.ts';
import type { Finding, Findings, Over } from './findings.ts';
import { kindOf } from './kinds.ts';
import { type Expectation, severityOf } from './severity.ts';
import { sumUp, type Told } from './storms.ts';

/** What a baseline is asked about. */
export interface Question {
  finding: Finding;
  asset: Asset;
}

export interface WeighContext {
  look: Look;
  ledger: Ledger;
  memory: SiteMemory;
  thresholds: Thresholds;
  uid: (seed: string) => string;
  expectation?: (question: Question) => Expectation | undefined;
  openIncidents?: readonly string[];
  network: (asset: string) => string;
  hosts: (network: string) => number;
}

export interface Weighed {
  events: ChangeEvent[];
  closed: { dedupeKey: string; at: number; by?: string }[];
}

export function weigh(findings: Findings, context: WeighContext): Weighed {
  const weighing = new Weighing(context);
  const name = (uid: string) =>
    context.ledger.get(uid)?.name ?? context.ledger.get(uid)?.addresses.at(-1)?.address ?? uid;
  const { network, hosts } = context;
  const told = sumUp(findings.found, { network, hosts, name }, context.thresholds);
  for (const one of told) weighing.tell(one);
  for (const over of findings.over) weighing.end(over);
  return weighing;
}

const keyOf = (site: string, { asset, network, subject }: Omit<Over, 'at'>): string =>
  `${asset ?? `${site} ${network ?? ''}`.trim()} ${subject}`;

class Weighing {
  readonly events: ChangeEvent[] = [];
  readonly closed: Weighed['closed'] = [];
  readonly #context: WeighContext;

  constructor(context: WeighContext) {
    this.#context = context;
  }

  tell({ finding, parts }: Told): void {
    const { memory } = this.#context;
    if (parts.length === 0) {
      this.events.push(this.#event(finding));
      return;
    }
    const summary = this.#event(finding);
    const told = parts.map((part) => this.#event(part, summary));
    const open = told.filter(({ incident, expected }) => incident !== false && !expected).length;
    const worst = told.reduce((most, one) => (rank(one) > rank(most) ? one : most), summary);
    const many = finding.kind === 'host.many_ports' && told.every(({ severity }) => severity === 'info');
    this.events.push({
      ...summary,
      severity: many ? 'info' : worst.severity,
      ...(open === 0 ? { incident: false as const } : {}),
    });
    if (open > 0) memory.setOpenParts(summary.dedupeKey, memory.openParts(summary.dedupeKey) + open);
    this.events.push(...told.map((one) => ({ ...one, incident: false as const, partOf: summary.uid })));
  }

  /** The state of a subject is over, and what it was before matters no longer. */
  end(over: Over): void {
    const { ledger, look } = this.#context;
    const asset = over.asset === undefined ? undefined : ledger.get(over.asset);
    this.close(keyOf(look.site, { ...over, ...(asset ? { asset: asset.uid } : {}) }), over.at);
    if (asset?.memo?.before?.[over.subject] === undefined) return;
    const { [over.subject]: _, ...before } = asset.memo.before;
    ledger.put({ ...asset, memo: { ...asset.memo, before } });
  }

  close(dedupeKey: string, at: number, by?: string): void {
    this.closed.push({ dedupeKey, at, ...(by === undefined ? {} : { by }) });
  }

  #event(finding: Finding, summary?: ChangeEvent): ChangeEvent {
    const { look, ledger, uid, expectation } = this.#context;
    const asset = finding.asset === undefined ? undefined : ledger.get(finding.asset);
    const expected = asset && expectation?.({ finding, asset });
    const severity = finding.slight ? 'info' : severityOf(finding.kind, asset, finding.port, expected);
    const dedupeKey = keyOf(look.site, { ...finding, ...(asset ? { asset: asset.uid } : {}) });
    const id = uid(`${look.hash} ${dedupeKey} ${finding.kind}`);
    const quiet = severity === 'info' || kindOf(finding.kind).sort === 'note' || expected?.met === true;
    const undone = this.#undo(finding, asset, dedupeKey, id, {
      quiet,
      ...(summary ? { summary: summary.dedupeKey } : {}),
    });
    const { address, protocol, port, before, after, count, sample } = finding;
    return {
      uid: id,
      at: finding.at,
      seenAt: look.endedAt,
      site: look.site,
      ...(asset ? { asset: asset.uid } : {}),
      ...(address === undefined ? {} : { address }),
      ...(protocol === undefined ? {} : { protocol }),
      ...(port === undefined ? {} : { port }),
      kind: finding.kind,
      severity,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      rule: expected?.met ? 'R17' : finding.rule,
      ...(finding.lookBefore === undefined ? {} : { lookBefore: finding.lookBefore }),
      lookAfter: look.hash,
      vantage: finding.vantage ?? look.vantage,
      ...(count === undefined ? {} : { count }),
      ...(sample === undefined ? {} : { sample }),
      dedupeKey,
      ...(quiet || undone ? { incident: false } : {}),
      ...(expected?.met ? { expected: true } : {}),
    };
  }

  /** Whether a change takes back the one before of its subject; if not, what it was before is remembered. */
  #undo(
    finding: Finding,
    asset: Asset | undefined,
    key: string,
    by: string,
    { quiet, summary }: { quiet: boolean; summary?: string },
  ): boolean {
    const { ledger, thresholds, openIncidents } = this.#context;
    const from = finding.from ?? finding.before;
    const to = finding.to ?? finding.after;
    if (!asset || kindOf(finding.kind).sort !== 'change' || from === undefined || to === undefined)
      return false;
    const { [finding.subject]: first, ...others } = asset.memo?.before ?? {};
    const accepted =
      first?.incident === true && first.partOf === undefined && openIncidents?.includes(key) === false;
    const standing = first && !accepted && finding.at - first.at <= thresholds.undone ? first : undefined;
    const put = (before: Record<string, ValueBefore>) =>
      ledger.put({ ...asset, memo: { ...asset.memo, before } });
    if (standing?.value === to) {
      put(others);
      this.close(key, finding.at, by);
      if (standing.partOf !== undefined) this.#takeBack(standing.partOf, finding.at, by);
      return true;
    }
    put({
      ...others,
      [finding.subject]: {
        value: standing?.value ?? from,
        at: standing?.at ?? finding.at,
        ...(!quiet || standing?.incident ? { incident: true } : {}),
        ...(summary === undefined || quiet ? {} : { partOf: summary }),
      },
    });
    return false;
  }

  #takeBack(summary: string, at: number, by: string): void {
    const { memory } = this.#context;
    const left = memory.openParts(summary) - 1;
    memory.setOpenParts(summary, left);
    if (left <= 0) this.close(summary, at, by);
  }
}

const rank = ({ severity }: Pick<ChangeEvent, 'severity'>) =>
  ['info', 'low', 'medium', 'high'].indexOf(severity);
