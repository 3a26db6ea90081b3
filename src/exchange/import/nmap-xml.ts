/** XML of nmap (-oX; also cut off, also of --open) and of masscan, which writes the same format with less in it. */
import { countAddresses, formatAddress, joinSpans, runsOf, type Span } from '../../core/address.ts';
import type { RunFacts } from '../../core/details.ts';
import type { Coverage, CoverageGap, DiscoveryWay } from '../../core/look.ts';
import { formatPorts, portSet } from '../../core/port-set.ts';
import type { HostResult } from '../../core/result.ts';
import { sightingOf } from '../../core/sighting/host.ts';
import { tellingProtocols } from '../../core/sighting/ports.ts';
import { looksLikeTarpit } from '../../core/sighting/tarpit.ts';
import { parseTarget } from '../../core/target.ts';
import { createXmlReader, type XmlRun, type XmlStats } from '../../nmap/xml/parse.ts';
import type { Asked, Format, Found, LeftOut } from './format.ts';
import { exampleOf } from './lines.ts';

export const nmapXml: Format = {
  name: 'nmap-xml',
  title: 'nmap and masscan, XML (-oX)',
  recognises: (head) => /<nmaprun[\s>]/.test(head),
  read: readReport,
};

/** What the report has told so far of the scan as a whole. */
interface Told {
  run?: XmlRun;
  asked: RunFacts['asked'];
  stats?: XmlStats;
  reports: number;
  /** Every host that is told, up or down. */
  hosts: string[];
  reasons: Set<string>;
  gaps: CoverageGap[];
}

/** Beyond so many hosts, which of them were told is not kept. */
const MOST_HOSTS = 1_000_000;

async function* readReport(
  text: AsyncIterable<string>,
  left: LeftOut,
): AsyncGenerator<Found, Asked | undefined> {
  const told: Told = { asked: [], reports: 0, hosts: [], reasons: new Set(), gaps: [] };
  let waiting: HostResult[] = [];
  const reader = createXmlReader({
    host: (host, { outputCut }) => {
      waiting.push(host);
      if (outputCut) left.add('script output beyond what is kept of a host', host.address);
    },
    run: (run) => {
      told.run = run;
      told.reports += 1;
    },
    scanInfo: ({ type, protocol, services, ports }) =>
      told.asked.push({ type, protocol, count: services, ports }),
    stats: (stats) => {
      told.stats = stats;
    },
    skipped: ({ specification, reason }) =>
      left.add('targets that nmap skipped', exampleOf(`${specification} (${reason})`)),
  });
  for await (const piece of text) {
    reader.write(piece);
    for (const host of waiting) yield* foundOf(host, told);
    waiting = [];
  }
  const { truncated, problem } = reader.end();
  for (const host of waiting) yield* foundOf(host, told);
  return askedOf(told, truncated ? (problem ?? 'it breaks off before its end') : undefined);
}

function* foundOf(host: HostResult, told: Told): Generator<Found> {
  const { address } = host;
  if (told.hosts.length < MOST_HOSTS && !host.partial) told.hosts.push(address);
  if (host.status === 'up' && host.reason !== undefined) told.reasons.add(host.reason);
  const tarpit = looksLikeTarpit(host);
  if (host.timed_out) told.gaps.push({ address, aspect: 'port', why: 'timeout' });
  else if (host.partial) told.gaps.push({ address, aspect: 'port', why: 'partial' });
  else if (tarpit) told.gaps.push({ address, aspect: 'port', why: 'tarpit' });
  const sighting = sightingOf(host, {
    asked: told.asked,
    said: 'imported',
    endedAt: 0,
    acceptsEverything: tarpit,
  });
  if (!sighting) return;
  const { said: _, at, ...found } = sighting;
  yield { ...found, address, ...(at > 0 ? { at } : {}) };
}

function askedOf(told: Told, problem: string | undefined): Asked {
  const { run, stats, asked } = told;
  const times = {
    ...(run?.started === undefined ? {} : { startedAt: Math.round(run.started * 1000) }),
    ...(stats?.time === undefined ? {} : { endedAt: Math.round(stats.time * 1000) }),
  };
  const broken =
    problem ?? (stats?.error === undefined ? undefined : `nmap ended with an error: ${stats.error}`);
  const words = wordsOf(run?.args ?? '');
  const positives =
    run?.scanner !== 'nmap'
      ? 'Only what answered: masscan does not tell what did not.'
      : words.includes('--open')
        ? 'Only what is open: the report was written with --open.'
        : told.reports > 1
          ? 'Only what answered: the file holds several reports.'
          : undefined;
  if (positives !== undefined) {
    return {
      ...times,
      completeness: 'positives',
      coverage: [],
      gaps: [],
      notCompared: [positives],
      ...(broken === undefined ? {} : { problem: broken }),
    };
  }
  const targets = words.some((word) => NOT_ALL.has(word)) ? [] : targetsOf(words);
  const known = broken === undefined && stats !== undefined && countOf(targets) === stats.total;
  const covered = known ? targets : runsOf(told.hosts);
  return {
    ...times,
    completeness: broken === undefined ? 'full' : 'partial',
    discovery: discoveryOf(told),
    coverage: covered.flatMap((span) => coverageOf(span, asked)),
    gaps: told.gaps,
    notCompared: [
      ...(broken === undefined ? [] : [`Only what answered until then: ${broken}.`]),
      ...(known || broken !== undefined
        ? []
        : [
            'Addresses that the report does not list: its command line does not say for sure which were asked.',
          ]),
      ...(asked.length > 0 ? [] : ['Ports: the report does not say which were asked.']),
    ],
    ...(broken === undefined ? {} : { problem: broken }),
  };
}

/** nmap writes its command line with quotes around what has spaces. */
const wordsOf = (args: string): string[] => (args.match(/"[^"]*"|\S+/g) ?? []).slice(1);

/** Of the targets some were left out, or they were not on the command line. */
const NOT_ALL: ReadonlySet<string> = new Set(['--exclude', '--excludefile', '-iL', '-iR']);

/** What looks like a numeric target. Values of options do as well, so it counts only where the number of addresses agrees. */
function targetsOf(words: readonly string[]): Span[] {
  const spans = words.flatMap((word) => {
    if (word.startsWith('-') || !/^[0-9a-fA-F.:/-]+$/.test(word) || !/[.:]/.test(word)) return [];
    try {
      const target = parseTarget(word);
      return target.kind === 'addresses' ? [target.span] : [];
    } catch {
      return [];
    }
  });
  return joinSpans(spans);
}

const countOf = (spans: readonly Span[]) =>
  Number(spans.reduce((sum, span) => sum + countAddresses(span), 0n));

function coverageOf({ family, first, last }: Span, asked: RunFacts['asked']): Coverage[] {
  const ends = {
    first: formatAddress({ family, value: first }),
    last: formatAddress({ family, value: last }),
  };
  const ports = [...tellingProtocols(asked)].flatMap((protocol): Coverage[] => {
    const same = asked.filter((one) => one.protocol === protocol);
    if (same.length === 0) return [];
    const technique = [...new Set(same.map(({ type }) => type))].join('+');
    return [
      {
        ...ends,
        aspect: 'port',
        protocol,
        ports: formatPorts(same.flatMap((one) => portSet(one.ports))),
        technique,
      },
    ];
  });
  return [{ ...ends, aspect: 'host' }, ...ports];
}

/** By what made hosts count as up (nmap manual, --reason). */
function discoveryOf({ reasons, asked }: Told): DiscoveryWay {
  const said = [...reasons].filter((reason) => reason !== 'localhost-response');
  if (said.length > 0 && said.every((reason) => reason === 'arp-response' || reason === 'nd-response'))
    return 'arp';
  const raw =
    asked.some(({ type }) => type !== 'connect') ||
    said.some((reason) => /^(echo|timestamp|reset|arp)/.test(reason));
  return raw && !said.includes('user-set') ? 'ip' : 'connect';
}
