/**
 * Who is away while an address is answered that nobody had: hosts that are known by nothing but an address, and do not
 * answer at it. A newcomer of their network that shows no more than they do may be one of them with another lease.
 */
import type { Asset } from '../../core/asset.ts';
import { servicesOf } from '../../core/settled.ts';
import type { LookCoverage } from '../coverage.ts';
import { currentAddresses, currentMarks } from '../identity/ledger.ts';
import { likeness } from '../identity/likeness.ts';
import type { Networks } from '../identity/networks.ts';
import type { Placement } from '../identity/place.ts';
import { PortWords } from '../port-words.ts';
import type { Thresholds } from '../thresholds.ts';

interface AwayContext {
  /** As they were before the look. */
  known: Iterable<Asset>;
  networks: Networks;
  coverage: LookCoverage;
  limits: Thresholds;
}

export class Away {
  readonly #context: AwayContext;
  /** By network; made when it is asked for. */
  #hosts: Map<string, { asset: Asset; address: string }[]> | undefined;

  constructor(context: AwayContext) {
    this.#context = context;
  }

  /** An address whose host this newcomer may be. Each of those who are away accounts for one newcomer. */
  take({ sighting }: Placement): string | undefined {
    const { networks, limits } = this.#context;
    const { address = '', at } = sighting;
    if (networks.of(address)?.kind === 'static') return undefined;
    this.#hosts ??= this.#silent();
    const here = this.#hosts.get(networks.nameOf(address)) ?? [];
    const words = PortWords.of(sighting);
    const found = here.findIndex(
      ({ asset }) => at - asset.lastSeen <= limits.lentSleeper && offersTheSame(asset, words, limits),
    );
    const [taken] = found < 0 ? [] : here.splice(found, 1);
    return taken?.address;
  }

  #silent() {
    const { known, networks, coverage } = this.#context;
    const silent = [...known].flatMap((asset) => {
      const [address, ...others] = currentAddresses(asset);
      const nameless = currentMarks(asset).every(({ worth }) => worth === 'none' || worth === 'hint');
      const lent = nameless && asset.class !== 'always_on' && !asset.static && others.length === 0;
      return lent && address !== undefined && coverage.isSilent(address) ? [{ asset, address }] : [];
    });
    return Map.groupBy(silent, ({ address }) => networks.nameOf(address));
  }
}

/** Nothing, or nearly the same. */
function offersTheSame(asset: Asset, words: PortWords, { alike }: Thresholds): boolean {
  const alikeness = likeness(asset, words);
  if (alikeness !== undefined) return alikeness >= alike;
  const offered = servicesOf(asset).some(({ word }) => word === 'open');
  return !offered && ![...words.open()].length;
}
