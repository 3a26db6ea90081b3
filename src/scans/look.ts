/** A scan that has ended, as a look of the inventory: what it asked of which addresses, and what came back. */
import { createHash } from 'node:crypto';
import {
  difference,
  formatAddress,
  intersect,
  joinSpans,
  parseAddress,
  parseNetwork,
  runsOf,
  type Span,
  subtract,
} from '../core/address.ts';
import type { Reach } from '../core/details.ts';
import type { Aspect, Coverage, CoverageGap, DiscoveryWay, Look, Sighting } from '../core/look.ts';
import { formatPorts, portSet } from '../core/port-set.ts';
import type { HostResult } from '../core/result.ts';
import { sightingOf } from '../core/sighting/host.ts';
import { tellingProtocols } from '../core/sighting/ports.ts';
import { looksLikeTarpit } from '../core/sighting/tarpit.ts';
import { parseTarget } from '../core/target.ts';
import { FINAL_STATES, type Task } from '../core/task.ts';
import { isHandle } from '../nmap/ssh/handle.ts';
import { isOpenOnly } from './port-sum.ts';

/**
 * @param hosts every host that is stored of the task, those that are down too
 * @returns undefined when the task has not ended, never ran, or asked nobody (-sL)
 */
export async function lookOf(
  task: Task,
  hosts: AsyncIterable<HostResult> | Iterable<HostResult>,
  { site }: { site: string },
): Promise<Look | undefined> {
  const { startedAt, request, run } = task;
  const flags = new Set(request.options.map(({ flag }) => flag));
  if (!FINAL_STATES.has(task.state) || startedAt === undefined || flags.has('-sL')) return undefined;
  const endedAt = task.endedAt ?? startedAt;
  const asked = run?.asked ?? [];
  const sightings: Sighting[] = [];
  const finished: string[] = [];
  const gaps: CoverageGap[] = [];
  for await (const host of hosts) {
    const { address } = host;
    const tarpit = looksLikeTarpit(host);
    const sighting = sightingOf(host, { asked, said: 'queried', endedAt, acceptsEverything: tarpit });
    // nmap tells whole seconds: cut off, they would lie before the scan, and behind one that ended a moment ago.
    if (sighting) sightings.push({ ...sighting, at: Math.min(Math.max(sighting.at, startedAt), endedAt) });
    if (host.timed_out) gaps.push({ address, aspect: 'port', why: 'timeout' });
    else if (host.partial) gaps.push({ address, aspect: 'port', why: 'partial' });
    else if (tarpit) gaps.push({ address, aspect: 'port', why: 'tarpit' });
    if (!host.partial) finished.push(address);
  }
  const wanted = wantedOf(task);
  const done = runsOf(finished);
  const completed = task.state === 'completed';
  const unreached = spansOf(run?.reach?.not_reached ?? []);
  const covered = completed && wanted.length > 0 ? difference(wanted, unreached) : done;
  const missed = difference(wanted, covered);
  const degraded = run?.reach?.doubt;
  const look: Omit<Look, 'hash'> = {
    kind: 'scan',
    site,
    vantage: vantageOf(task),
    taskId: task.id,
    ...(request.recheckOf === undefined ? {} : { recheck: true as const }),
    startedAt,
    endedAt,
    completeness: !completed ? 'partial' : isOpenOnly(task) ? 'positives' : 'full',
    discovery: discoveryOf(flags, run?.reach, covered),
    ...(degraded === undefined ? {} : { degraded }),
    coverage: covered.flatMap((span) => coverageOf(span, task)),
    gaps: [...missed.map(notReached), ...byAddress(gaps)],
    sightings: byAddress(sightings),
  };
  return { ...look, hash: createHash('sha256').update(JSON.stringify(look)).digest('hex') };
}

/** Where it was looked from, by name. */
function vantageOf({ request: { scanner, host } }: Task): string {
  if (scanner === undefined) return 'local';
  return isHandle(scanner) ? (host ?? 'ssh') : scanner;
}

/** What was to be asked; of scans stored before that was kept, what the command line of the last start says. */
function wantedOf({ run, argv = [] }: Task): Span[] {
  const end = argv.indexOf('--');
  return spansOf(run?.reach?.targets ?? (end < 0 ? [] : argv.slice(end + 1)));
}

function spansOf(targets: readonly string[]): Span[] {
  const read = targets.map(parseTarget);
  return joinSpans(read.flatMap((target) => (target.kind === 'addresses' ? [target.span] : [])));
}

const ends = ({ family, first, last }: Span) => ({
  first: formatAddress({ family, value: first }),
  last: formatAddress({ family, value: last }),
});

function notReached(span: Span): CoverageGap {
  const { first, last } = ends(span);
  return { address: first, ...(first === last ? {} : { last }), aspect: 'host', why: 'not_reached' };
}

function coverageOf(span: Span, { request, run }: Task): Coverage[] {
  const { first, last } = ends(span);
  const asked = run?.asked ?? [];
  const telling = tellingProtocols(asked);
  const ports = [...telling].flatMap((protocol): Coverage[] => {
    const same = asked.filter((one) => one.protocol === protocol);
    if (same.length === 0) return [];
    const technique = [...new Set(same.map(({ type }) => type))].join('+');
    const all = formatPorts(same.flatMap((one) => portSet(one.ports)));
    return [{ first, last, aspect: 'port', protocol, ports: all, technique }];
  });
  const aspects = aspectsOf(request.options).map((aspect): Coverage => ({ first, last, aspect }));
  return [{ first, last, aspect: 'host' }, ...ports, ...aspects];
}

/** What was asked of services and hosts besides (nmap manual, -A; nmap's script.db for the categories). */
function aspectsOf(options: Task['request']['options']): Aspect[] {
  const has = (...flags: string[]) => options.some(({ flag }) => flags.includes(flag));
  const scripts = options.flatMap(({ flag, value = '' }) => (flag === '--script' ? [value] : [])).join();
  const runs = (script: string) =>
    has('-sC', '-A') || new RegExp(`\\b(?:${script}|default|safe|discovery|all)\\b`).test(scripts);
  return [
    ...(has('-sV', '-A') ? (['service'] as const) : []),
    ...(has('-O', '-A') ? (['os'] as const) : []),
    ...(runs('ssl-cert') ? (['cert'] as const) : []),
    ...(runs('ssh-hostkey') ? (['hostkey'] as const) : []),
  ];
}

/** nmap asks by ARP or neighbour discovery what is on its own link, if it may (nmap manual, HOST DISCOVERY). */
function discoveryOf(
  flags: ReadonlySet<string>,
  reach: Reach | undefined,
  covered: readonly Span[],
): DiscoveryWay {
  if (!reach?.raw) return 'connect';
  const links = reach.sources.flatMap((source) => (source.includes('/') ? (parseNetwork(source) ?? []) : []));
  const onLink = (span: Span) => {
    const shared = links.flatMap((link) => intersect(span, link) ?? []);
    return subtract(span, shared).length === 0;
  };
  const arp = !flags.has('--disable-arp-ping') && covered.length > 0;
  if (arp && covered.every((span) => onLink(span) && !isLoopback(span))) return 'arp';
  return flags.has('-Pn') ? 'connect' : 'ip';
}

const isLoopback = ({ family, first }: Span) => (family === 4 ? first >> 24n === 127n : first === 1n);

function byAddress<T extends { address?: string }>(all: readonly T[]): T[] {
  const placed = all.map((one) => ({ one, at: parseAddress(one.address ?? '') }));
  placed.sort(({ at: x }, { at: y }) => {
    if (!x || !y) return 0;
    return x.family - y.family || (x.value < y.value ? -1 : x.value > y.value ? 1 : 0);
  });
  return placed.map(({ one }) => one);
}
