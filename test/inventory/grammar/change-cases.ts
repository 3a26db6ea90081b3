/**
 * Cases of one host: `id ; flags ; look -> look -> … ; events of the last look ; why`. host-look.ts has the words of a look.
 * Between two looks there is a day, unless `t:` or the days of a certificate say otherwise. Every look asks the one address
 * that it writes about.
 */
import type { Asset, ChangeEvent } from '../../../src/core/asset.ts';
import type { CountedPorts, Coverage, Look, PortSighting } from '../../../src/core/look.ts';
import { PortSpans } from '../../../src/inventory/port-spans.ts';
import { RememberedSite } from '../remembered-site.ts';
import { certificate } from './evidence.ts';
import { asWritten, expectedEvents, sameEvents, spokenOf } from './expected.ts';
import { type HostLook, hostLook, type Words } from './host-look.ts';
import { CaseError, type CaseLine, type CaseResult } from './lines.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const BEGIN = Date.UTC(2026, 0, 5, 8);

const FLAGS: Readonly<Record<string, Partial<Asset>>> = {
  always_on: { class: 'always_on' },
  may_sleep: { class: 'may_sleep' },
  ephemeral: { class: 'ephemeral' },
  normal: { class: 'normal' },
  static: { static: true },
  critical: { criticality: 'high' },
};

export function runChangeCase({ fields }: CaseLine): CaseResult {
  const [id = '', flags = '-', looks, events, why = ''] = fields;
  if (looks === undefined || events === undefined)
    throw new CaseError('a case is: id ; flags ; looks ; events ; why');
  const expected = expectedEvents(events);
  const told = new OneHost(flags).watch(looks.split('->').map((one) => hostLook(one.trim())));
  const came = spokenOf(told, expected);
  return { id, right: sameEvents(came, expected), expected: events, came: asWritten(came), why };
}

class OneHost {
  readonly #site = new RememberedSite();
  readonly #word: Partial<Asset>;
  #at = BEGIN;
  #number = 0;
  #ip = addressOf('10');
  readonly #certs = new Map<string, { notAfter: number; days: number; generation: number }>();

  constructor(flags: string) {
    const words = flags.split(/[\s,]+/).filter((flag) => flag !== '-' && flag !== '');
    this.#word = Object.assign(
      {},
      ...words.map((flag) => {
        const word = FLAGS[flag];
        if (!word) throw new CaseError(`nobody knows the flag "${flag}"`);
        return word;
      }),
    );
    // What an address means after days is asked by the cases of identity, not here.
    this.#site.networks.push({ first: addressOf('0'), last: addressOf('255'), kind: 'static' });
  }

  /** @returns the events of the last look, its recheck included */
  watch(looks: readonly HostLook[]): ChangeEvent[] {
    let told: ChangeEvent[] = [];
    looks.forEach((look, index) => {
      told = this.#see(look, index === 0);
    });
    return told;
  }

  #see({ host, ports, counted, words }: HostLook, first: boolean): ChangeEvent[] {
    const late = words.flags.has('late');
    if (!first && !late) this.#at += words.after ?? this.#daysOf(words) ?? DAY;
    const at = late
      ? Math.min(this.#at, BEGIN) -
        (words.after !== undefined && words.after < 0 ? -words.after : 6 * 60 * MINUTE)
      : this.#at;
    if (words.ip !== undefined) this.#ip = addressOf(words.ip);
    const events = this.#fold(this.#look(host, ports, words, at, counted));
    if (words.recheck.length === 0) return events;
    return [
      ...events,
      ...this.#fold({
        ...this.#look('U', words.recheck, { ...words, facts: [], cert: undefined }, at + MINUTE),
        recheck: true,
      }),
    ];
  }

  #fold(look: Look): ChangeEvent[] {
    const folded = this.#site.fold(look);
    for (const asset of this.#site.assets.values())
      this.#site.assets.set(asset.uid, { ...asset, ...this.#word });
    return [...(folded?.events ?? [])];
  }

  #look(
    host: HostLook['host'],
    ports: readonly PortSighting[],
    words: Omit<Words, 'cert'> & { cert?: Words['cert'] | undefined },
    at: number,
    counted: readonly CountedPorts[] = [],
  ): Look {
    this.#number += 1;
    const { flags, marks, facts, os } = words;
    const cert =
      words.cert &&
      this.#certificate(
        words.cert,
        at,
        ports.find(({ port }) => port === 443)?.port ?? ports[0]?.port ?? 443,
      );
    const positives = flags.has('passive') || flags.has('nocov') || flags.has('import');
    return {
      kind: flags.has('passive') ? 'capture' : flags.has('import') || flags.has('nocov') ? 'import' : 'scan',
      site: 'home',
      vantage: words.vantage ?? 'A',
      hash: `look ${this.#number}`,
      startedAt: at,
      endedAt: at,
      completeness: positives ? 'positives' : flags.has('partial') ? 'partial' : 'full',
      discovery: words.way ?? 'ip',
      ...(flags.has('degraded') ? { degraded: 'nmap gave up' } : {}),
      coverage: host === '.' || positives ? [] : coverageOf(this.#ip, this.#ip, ports, counted),
      gaps: [],
      sightings:
        host === 'U'
          ? [
              {
                at,
                address: this.#ip,
                said: flags.has('import') ? 'imported' : 'queried',
                marks: [...marks, ...(cert?.marks ?? [])],
                ports,
                counted,
                facts: [...facts, ...(cert?.facts ?? [])],
                ...(os ? { os } : {}),
                ...(flags.has('tarpit') ? { acceptsEverything: true } : {}),
              },
            ]
          : [],
    };
  }

  /** A certificate that was seen before has as many days less as have gone by since. */
  #daysOf({ cert }: Words): number | undefined {
    const known = cert && this.#certs.get(`${cert.key} ${cert.issuer}`);
    return known && cert.days < known.days ? (known.days - cert.days) * DAY : undefined;
  }

  #certificate(cert: NonNullable<Words['cert']>, at: number, port: number) {
    const name = `${cert.key} ${cert.issuer}`;
    const known = this.#certs.get(name);
    const same = known && cert.days <= known.days;
    const now = same
      ? { ...known, days: cert.days }
      : { notAfter: at + cert.days * DAY, days: cert.days, generation: (known?.generation ?? 0) + 1 };
    this.#certs.set(name, now);
    return certificate(cert, now.notAfter, now.generation, port);
  }
}

function addressOf(text: string): string {
  return text.includes('.') ? text : `10.9.0.${Number(text) % 256}`;
}

/** What a look that saw these ports asked of a run of addresses. */
export function coverageOf(
  first: string,
  last: string,
  ports: readonly PortSighting[],
  counted: readonly CountedPorts[],
): Coverage[] {
  const asked = [
    ...ports.map(({ protocol, port }) => ({ protocol, ports: String(port) })),
    ...counted.map((one) => ({ protocol: one.protocol, ports: one.ports })),
  ];
  return [
    { first, last, aspect: 'host' },
    ...[...Map.groupBy(asked, ({ protocol }) => protocol)].map(
      ([protocol, of]): Coverage => ({
        first,
        last,
        aspect: 'port',
        protocol,
        ports: PortSpans.of(of.map((one) => one.ports).join(',')).text,
      }),
    ),
  ];
}
