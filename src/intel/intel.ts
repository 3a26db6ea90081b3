/**
 * Who an address is: what the registries, the tables on this machine and, where keys are configured, two reputation
 * services say of it. A source that is missing or fails says so in its own place; it never fails the answer.
 */
import { Resolver } from 'node:dns/promises';
import { cleanField } from '../core/clean.ts';
import { type AddressClass, classify, isPrivate } from './classify.ts';
import type { Enrichment } from './enrichment.ts';
import { GREYNOISE_URL, greynoisePath, readGreyNoise } from './greynoise.ts';
import { type LocalDependencies, localKnowledge } from './local.ts';
import { createOfflineTables } from './offline.ts';
import { OTX_URL, otxPath, readOtx } from './otx.ts';
import { createRemoteJson, type RemoteOptions } from './remote-json.ts';
import {
  createSource,
  type Finding,
  type GreyNoiseFacts,
  notAsked,
  type OtxFacts,
  type Whereabouts,
} from './reputation.ts';
import { createTimedCache } from './timed-cache.ts';

export interface IntelSettings {
  /** The operator's own MMDB files (`intel.asnDb`, `intel.countryDb`). */
  asnDb?: string | undefined;
  countryDb?: string | undefined;
  greynoiseKey?: string | undefined;
  otxKey?: string | undefined;
  /** Ask the resolver of this machine for reverse names. */
  reverseNames: boolean;
  /** `captures.allowPrivate`: tell what is known locally of private addresses. */
  allowPrivate: boolean;
}

export interface IntelDependencies extends LocalDependencies {
  now?: () => number;
  /** Told of files that cannot be read. */
  onProblem?: (message: string) => void;
  /** Reverse names of an address; the resolver of this machine unless given. */
  reverse?: (ip: string) => Promise<string[]>;
  greynoiseUrl?: string;
  otxUrl?: string;
  /** Limits on the two services, for tests. */
  remote?: Partial<Pick<RemoteOptions, 'timeoutMs' | 'maxBytes' | 'retries' | 'backoffMs' | 'perMinute'>>;
}

export interface Intel {
  /** What kind of address this is; throws PortolanError `invalid_ip`. */
  classify(ip: string): AddressClass;
  /** What is known of it. Throws `invalid_ip`, and nothing else. */
  enrich(ip: string, signal?: AbortSignal): Promise<Enrichment>;
  /** True when private addresses are enriched with what is known locally. */
  readonly allowPrivate: boolean;
}

/** A day: reputation and allocation change slowly, and the services count every question. */
const KEEP_MS = 86_400_000;
/** OTX allows 10,000 requests an hour; 150 a minute stays below, and lets one correlate of 100 addresses through. */
const REMOTE = { timeoutMs: 5000, maxBytes: 4 * 1024 * 1024, retries: 2, backoffMs: 300, perMinute: 150 };

export function createIntel(settings: IntelSettings, deps: IntelDependencies = {}): Intel {
  const now = deps.now ?? Date.now;
  const tables = createOfflineTables(settings, deps.onProblem ?? (() => {}));
  const reverse = deps.reverse ?? reverseNames;
  const ask = (key: string | undefined, header: string, baseUrl: string) =>
    key === undefined
      ? undefined
      : createRemoteJson({ ...REMOTE, ...deps.remote, baseUrl, now, headers: { [header]: key } });

  const greynoise = createSource<GreyNoiseFacts>({
    setting: 'intel.greynoiseKey',
    ask: ask(settings.greynoiseKey, 'key', deps.greynoiseUrl ?? GREYNOISE_URL),
    families: [4],
    path: greynoisePath,
    read: readGreyNoise,
    cache: createTimedCache<Finding<GreyNoiseFacts>>({ max: 5000, keepMs: KEEP_MS, now }),
    now,
  });
  const otx = createSource<OtxFacts>({
    setting: 'intel.otxKey',
    ask: ask(settings.otxKey, 'X-OTX-API-KEY', deps.otxUrl ?? OTX_URL),
    families: [4, 6],
    path: otxPath,
    read: readOtx,
    cache: createTimedCache<Finding<OtxFacts>>({ max: 5000, keepMs: KEEP_MS, now }),
    now,
  });

  async function enrichPublic(address: AddressClass, signal: AbortSignal): Promise<Enrichment> {
    const { ip, family } = address;
    const [network, country, fromGreyNoise, fromOtx, names] = await Promise.all([
      tables.network(ip),
      tables.country(ip),
      greynoise.look(ip, family, signal),
      otx.look(ip, family, signal),
      settings.reverseNames ? reverse(ip) : [],
    ]);
    const where: [string, Whereabouts][] = [
      ['GreyNoise', fromGreyNoise.where],
      ['AlienVault OTX', fromOtx.where],
    ];
    const otherNetwork = where.find(([, { asn }]) => asn !== undefined);
    const otherCountry = where.find(([, found]) => found.country !== undefined);
    const asnSource = network?.source ?? otherNetwork?.[0];
    const countrySource = country?.source ?? otherCountry?.[0];
    return {
      ...head(address),
      asn: network?.value.asn ?? otherNetwork?.[1].asn ?? null,
      org: network ? network.value.org : (otherNetwork?.[1].org ?? null),
      geo: { country: country?.value ?? otherCountry?.[1].country ?? null },
      threat: { otx: fromOtx.answer, greynoise: fromGreyNoise.answer },
      ...(names.length > 0 ? { names } : {}),
      sources: {
        ...(asnSource ? { asn: asnSource } : {}),
        ...(countrySource ? { country: countrySource } : {}),
      },
    };
  }

  // Nobody outside can know such an address, and asking would tell them our own network.
  async function enrichSpecial(address: AddressClass): Promise<Enrichment> {
    const { answer } = notAsked('unavailable', `nobody is asked about a ${address.kind} address`);
    const wanted = isPrivate(address) && settings.allowPrivate;
    const names = wanted && settings.reverseNames ? await reverse(address.ip) : [];
    const local = wanted ? await localKnowledge(address, names, deps) : undefined;
    return {
      ...head(address),
      asn: null,
      org: null,
      geo: { country: null },
      threat: { otx: answer, greynoise: answer },
      ...(local ? { local } : {}),
      sources: {},
    };
  }

  return {
    classify,
    allowPrivate: settings.allowPrivate,
    async enrich(ip, signal = new AbortController().signal) {
      const address = classify(ip);
      return address.kind === 'public' ? enrichPublic(address, signal) : enrichSpecial(address);
    },
  };
}

function head({ ip, kind, range, embedded }: AddressClass) {
  return {
    ip,
    kind,
    ...(range ? { range: { block: range.block, name: range.name, source: range.source } } : {}),
    ...(embedded ? { embedded } : {}),
  };
}

/** What the resolver of this machine calls the address; nothing when it does not answer in a second. */
async function reverseNames(ip: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  try {
    return (await resolver.reverse(ip)).slice(0, 8).map((name) => cleanField(name, 255));
  } catch {
    return [];
  }
}
