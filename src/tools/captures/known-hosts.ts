/** Suspects of a capture held against the inventory: what each learnt of our hosts, and whether it is one of them. */
import { z } from 'zod';
import type { Suspect } from '../../captures/findings.ts';
import { protocolOf } from '../../captures/look.ts';
import type { Protocol } from '../../core/result.ts';
import { type Learnt, learntLine, neverAsked } from '../../inventory/learnt.ts';
import type { Services } from '../call/services.ts';

/** Answers of one suspect that are listed; the gravest come first. */
const MOST = 12;
/** Ports that a rescan is written for. */
const MOST_TO_VERIFY = 64;
/** What our scans have not said. */
const NEWS: ReadonlySet<Learnt['knowledge']> = new Set(['contradicts', 'never_asked']);

export const LearntOutput = z.strictObject({
  address: z.string(),
  asset_id: z.string().optional(),
  name: z.string().optional(),
  port: z.string(),
  /** known, unexpected (known, and nobody expects it), contradicts (we said otherwise), never_asked. */
  knowledge: z.enum(['known', 'unexpected', 'contradicts', 'never_asked', 'unknown_host']),
  since: z.string().optional(),
  said: z.string().optional(),
});

/** Options of nmap and the hosts, as they are written. */
export interface Rescan {
  options: string;
  hosts: string;
}

export interface KnownOfSuspect {
  /** The suspect is a host of ours. */
  asset?: { asset_id: string; name?: string };
  learnt: z.infer<typeof LearntOutput>[];
  /** All of them. */
  learntCount: number;
  /** `9300/tcp`: ports that answered it and that no scan of ours ever asked there. */
  neverAsked: string[];
  lines: string[];
  /** A scan that asks exactly what was news. */
  rescan?: Rescan;
}

/**
 * Of each suspect. Answers of hosts that the inventory does not know are left out: a capture of elsewhere is no news of
 * ours. One that is our own scan learnt nothing new.
 */
export async function knownOf(
  suspects: readonly Suspect[],
  { inventory }: Pick<Services, 'inventory'>,
): Promise<ReadonlyMap<Suspect, KnownOfSuspect>> {
  const asked = suspects.flatMap(({ ip, first_seen }) =>
    first_seen === null ? [] : [{ address: ip, at: Math.round(first_seen * 1000) }],
  );
  const own = await inventory.holders(asked);
  const known = new Map<Suspect, KnownOfSuspect>();
  for (const suspect of suspects) {
    const all = (
      await inventory.learnt(answersOf(suspect), Math.floor((suspect.first_seen ?? 0) * 1000) - 1)
    ).filter(({ knowledge }) => knowledge !== 'unknown_host');
    const asset = own.get(suspect.ip);
    if (all.length === 0 && !asset) continue;
    const rescan = rescanOf(all);
    known.set(suspect, {
      ...(asset
        ? { asset: { asset_id: asset.uid, ...(asset.name === undefined ? {} : { name: asset.name }) } }
        : {}),
      learnt: all.slice(0, MOST).map(outputOf),
      learntCount: all.length,
      neverAsked: portsNeverAsked(all),
      lines: linesOf(suspect, all, asset?.name ?? asset?.uid),
      ...(rescan === undefined ? {} : { rescan }),
    });
  }
  return known;
}

function answersOf(suspect: Suspect) {
  const protocol = protocolOf(suspect);
  const at = suspect.last_seen;
  if (protocol === undefined || at === null) return [];
  return suspect.answers.open.targets.map(({ ip, ports }) => ({
    address: ip,
    protocol,
    ports,
    at: Math.round(at * 1000),
  }));
}

function linesOf({ ip }: Suspect, all: readonly Learnt[], self: string | undefined): string[] {
  const news = all.filter(({ knowledge }) => knowledge !== 'known');
  const shown = news.slice(0, MOST);
  const more = news.length - shown.length;
  const blind = portsNeverAsked(all);
  return [
    ...(self === undefined ? [] : [`${ip} is a host of ours: ${self}.`]),
    ...(all.length === 0
      ? []
      : [
          `${ip} learnt ${all.length} open ports of our hosts, ${all.length - news.length} of them known to us${news.length === 0 ? '.' : ':'}`,
        ]),
    ...shown.map((one) => `  ${learntLine(one)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(blind.length > 0
      ? [
          `  Our scans never asked ${blind.join(', ')} there: add ${blind.length === 1 ? 'it' : 'them'} to what they ask.`,
        ]
      : []),
  ];
}

const portsNeverAsked = (all: readonly Learnt[]): string[] =>
  neverAsked(all)
    .slice(0, MOST_TO_VERIFY)
    .map(({ protocol, port }) => `${port}/${protocol}`);

/** A scan of what answered others and is news to us, and of nothing else. */
function rescanOf(all: readonly Learnt[]): Rescan | undefined {
  const news = all.filter(({ knowledge }) => NEWS.has(knowledge)).slice(0, MOST_TO_VERIFY);
  if (news.length === 0) return undefined;
  const numbers = (of: Protocol) => [
    ...new Set(news.flatMap(({ protocol, port }) => (protocol === of ? [port] : []))),
  ];
  const parts = [
    ['T', numbers('tcp')],
    ['U', numbers('udp')],
    ['S', numbers('sctp')],
  ] as const;
  const used = parts.filter(([, ports]) => ports.length > 0);
  const ports = used.map(([letter, list]) => `${letter}:${list.sort((a, b) => a - b).join(',')}`).join(',');
  const flags = used.map(([letter]) => ({ T: '-sS', U: '-sU', S: '-sY' })[letter]).join(' ');
  const hosts = [...new Set(news.map(({ address }) => address))].join(' ');
  const six = news.some(({ address }) => address.includes(':')) ? '-6 ' : '';
  return { options: `${six}${flags} -Pn -n -p ${ports}`, hosts };
}

function outputOf({ address, asset, name, protocol, port, knowledge, since, said }: Learnt) {
  return {
    address,
    ...(asset === undefined ? {} : { asset_id: asset }),
    ...(name === undefined ? {} : { name }),
    port: `${port}/${protocol}`,
    knowledge,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(said === undefined ? {} : { said }),
  };
}
