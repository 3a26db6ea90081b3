/** What one sighting says of each port: listed one by one, or counted in ranges. */
import type { PortSighting, PortWord, Sighting } from '../core/look.ts';
import type { Protocol } from '../core/result.ts';
import { portKey } from './port-key.ts';
import { PortSpans } from './port-spans.ts';

export class PortWords {
  static readonly #known = new WeakMap<Sighting, PortWords>();

  /** Made once of each sighting: what is to be read of its host depends on it, and then all rules ask it. */
  static of(sighting: Sighting): PortWords {
    const known = PortWords.#known.get(sighting);
    if (known) return known;
    const words = new PortWords(sighting);
    PortWords.#known.set(sighting, words);
    return words;
  }

  readonly #listed = new Map<number, PortSighting>();
  readonly #counted: { word: PortWord; protocol: Protocol; ports: PortSpans; vague: boolean }[];

  #asked: ReadonlyMap<Protocol, string> | undefined;

  private constructor(sighting: Sighting) {
    for (const port of sighting.ports) this.#listed.set(portKey(port.protocol, port.port), port);
    this.#counted = sighting.counted.map(({ word, protocol, ports, vague }) => ({
      word,
      protocol,
      ports: PortSpans.of(ports),
      vague: vague === true,
    }));
  }

  listed(protocol: Protocol, port: number): PortSighting | undefined {
    return this.#listed.get(portKey(protocol, port));
  }

  /** Undefined of a port that was not asked. */
  word(protocol: Protocol, port: number): PortWord | undefined {
    const listed = this.listed(protocol, port);
    if (listed) return listed.word;
    return this.#counted.find((one) => one.protocol === protocol && one.ports.has(port))?.word;
  }

  /** True when the host itself answered at some port, open or closed. */
  answers(): boolean {
    const answer = ({ word }: { word: PortWord }) => word === 'open' || word === 'closed';
    return [...this.#listed.values()].some(answer) || this.#counted.some(answer);
  }

  /** How many ports of this protocol it tells of, and how many of them are open. */
  count(protocol: Protocol): { told: number; open: number } {
    let told = 0;
    let open = 0;
    for (const port of this.#listed.values())
      if (port.protocol === protocol) {
        told += 1;
        if (port.word === 'open') open += 1;
      }
    for (const one of this.#counted)
      if (one.protocol === protocol) {
        told += one.ports.count;
        if (one.word === 'open') open += one.ports.count;
      }
    return { told, open };
  }

  /** The ports of each word that are not open, as ranges; those of which only "not open" is known are left out. */
  shut(protocol: Protocol): Map<PortWord, string> {
    const ranges = new Map<PortWord, string[]>();
    const add = (word: PortWord, text: string) => {
      if (word === 'open') return;
      const there = ranges.get(word);
      if (there) there.push(text);
      else ranges.set(word, [text]);
    };
    for (const port of this.#listed.values())
      if (port.protocol === protocol) add(port.word, String(port.port));
    for (const one of this.#counted)
      if (one.protocol === protocol && !one.vague) add(one.word, one.ports.text);
    return new Map([...ranges].map(([word, texts]) => [word, PortSpans.of(texts.join(',')).text]));
  }

  /** All ports that it tells of, as ranges by protocol. */
  asked(): ReadonlyMap<Protocol, string> {
    this.#asked ??= this.#allAsked();
    return this.#asked;
  }

  #allAsked(): Map<Protocol, string> {
    const ranges = new Map<Protocol, (number | string)[]>();
    const add = (protocol: Protocol, ports: number | string) => {
      const there = ranges.get(protocol);
      if (there) there.push(ports);
      else ranges.set(protocol, [ports]);
    };
    for (const { protocol, port } of this.#listed.values()) add(protocol, port);
    for (const one of this.#counted) add(one.protocol, one.ports.text);
    return new Map([...ranges].map(([protocol, ports]) => [protocol, PortSpans.of(ports.join(',')).text]));
  }

  /** Those that are open, one by one; counted ones too, as a report may count them. */
  *open(): Generator<PortSighting> {
    for (const port of this.#listed.values()) if (port.word === 'open') yield port;
    for (const one of this.#counted)
      if (one.word === 'open')
        for (const port of one.ports.each()) yield { port, protocol: one.protocol, word: 'open' };
  }
}
