/** nmap's states of ports as the five words of the inventory (the fifth, "not asked", is that nothing is said). */
import type { RunFacts } from '../details.ts';
import type { CountedPorts, PortSighting, PortWord } from '../look.ts';
import { formatPorts, portSet } from '../port-set.ts';
import { type HostResult, type PortResult, type PortState, Protocol } from '../result.ts';

/** Probes whose answers do not tell open from closed (nmap manual, PORT SCANNING TECHNIQUES), by nmap's names in its XML. */
const TELLS_NOTHING: ReadonlySet<string> = new Set(['ack', 'window', 'maimon', 'idle', 'bounce']);

/** What a state means; undefined where it says neither that the port is open nor that it is not. */
export function wordOf(protocol: Protocol, state: PortState, reason = ''): PortWord | undefined {
  if (state === 'open' || state === 'closed') return state;
  if (state === 'filtered') return reason === '' || reason.startsWith('no-response') ? 'silent' : 'blocked';
  // Of TCP that is what a FIN, NULL or Xmas probe gets from an open port as well.
  if (state === 'open|filtered') return protocol === 'tcp' ? undefined : 'silent';
  return undefined;
}

/** The protocols of which a scan's answers tell whether ports are open. Without a word on how it asked, all of them. */
export function tellingProtocols(asked: RunFacts['asked']): ReadonlySet<Protocol> {
  if (asked.length === 0) return new Set(Protocol.options);
  return new Set(
    asked.flatMap(({ type, protocol }) => (TELLS_NOTHING.has(type) ? [] : asProtocol(protocol))),
  );
}

const NAMES: ReadonlySet<string> = new Set(Protocol.options);
const isProtocol = (text: string): text is Protocol => NAMES.has(text);
const asProtocol = (text: string): Protocol[] => (isProtocol(text) ? [text] : []);

/** The ports of a host by their words: open ones each with what is known of its service, the others in runs. */
export function portWords(
  host: Pick<HostResult, 'ports' | 'other_ports' | 'partial'>,
  asked: RunFacts['asked'],
): { ports: PortSighting[]; counted: CountedPorts[] } {
  const telling = tellingProtocols(asked);
  const ports: PortSighting[] = [];
  const words = new Words();
  for (const port of host.ports) {
    const word = wordOf(port.protocol, port.state, port.reason);
    if (word === undefined || !telling.has(port.protocol)) continue;
    if (word === 'open') ports.push(sightingOf(port));
    // A host that is not finished proves what it answered so far, and nothing by its silence.
    else if (!host.partial) words.add(word, port.protocol, [port.port]);
  }
  if (!host.partial) countedWords(host, asked, telling, words);
  return { ports, counted: words.list() };
}

function countedWords(
  { ports, other_ports = [] }: Pick<HostResult, 'ports' | 'other_ports'>,
  asked: RunFacts['asked'],
  telling: ReadonlySet<Protocol>,
  words: Words,
): void {
  const [only, ...more] = new Set(asked.map(({ protocol }) => protocol));
  /** States of which nmap gives only the number, with every reason it has for them. */
  const unnamed: { state: PortState; reasons: string[]; count: number }[] = [];
  const named = new Map<string, number[]>();
  for (const { state, count, reasons = [] } of other_ports) {
    let told = 0;
    for (const { reason, protocol = more.length === 0 ? only : undefined, ports: list } of reasons) {
      const numbers = portSet(list ?? '');
      const [known] = asProtocol(protocol ?? '');
      if (known === undefined || numbers.length === 0) continue;
      told += numbers.length;
      named.set(known, [...(named.get(known) ?? []), ...numbers]);
      const word = wordOf(known, state, reason);
      if (word !== undefined && telling.has(known)) words.add(word, known, numbers);
    }
    if (told < count)
      unnamed.push({ state, count: count - told, reasons: reasons.map(({ reason }) => reason) });
  }
  if (unnamed.length === 0) return;
  // Before 7.90 nmap does not name them: they are what was asked and is not told otherwise.
  const rest = [...Map.groupBy(asked, ({ protocol }) => protocol)].flatMap(([name, runs]) => {
    const told = new Set(named.get(name));
    for (const { protocol, port } of ports) if (protocol === name) told.add(port);
    const left = runs.flatMap((run) => portSet(run.ports)).filter((port) => !told.has(port));
    return asProtocol(name).map((protocol) => ({ protocol, ports: [...new Set(left)] }));
  });
  const counted = unnamed.reduce((sum, { count }) => sum + count, 0);
  if (rest.reduce((sum, { ports: left }) => sum + left.length, 0) !== counted) return;
  for (const { protocol, ports: left } of rest) {
    const meant = new Set(
      unnamed.flatMap(({ state, reasons }) =>
        (reasons.length === 0 ? [''] : reasons).map((reason) => wordOf(protocol, state, reason)),
      ),
    );
    const [first] = meant;
    if (!telling.has(protocol) || meant.has(undefined) || first === undefined) continue;
    words.add(meant.size === 1 ? first : 'silent', protocol, left, meant.size > 1);
  }
}

/** Gathers ports by word. */
class Words {
  readonly #groups = new Map<
    string,
    { word: PortWord; protocol: Protocol; vague: boolean; ports: number[] }
  >();

  add(word: PortWord, protocol: Protocol, ports: readonly number[], vague = false): void {
    const key = `${protocol} ${word} ${vague}`;
    const group = this.#groups.get(key) ?? { word, protocol, vague, ports: [] };
    for (const port of ports) group.ports.push(port);
    this.#groups.set(key, group);
  }

  /** In one order, whatever order they were added in. */
  list(): CountedPorts[] {
    return [...this.#groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .filter(([, { ports }]) => ports.length > 0)
      .map(([, { word, protocol, vague, ports }]) => ({
        word,
        protocol,
        ports: formatPorts(ports),
        ...(vague ? { vague } : {}),
      }));
  }
}

function sightingOf({ port, protocol, reason, ...found }: PortResult): PortSighting {
  const { service: name, product, version, tunnel, cpe, method, confidence = 0 } = found;
  const service = {
    ...(name === undefined ? {} : { name }),
    ...(product === undefined ? {} : { product }),
    ...(version === undefined ? {} : { version }),
    ...(tunnel === undefined ? {} : { tunnel }),
    ...(cpe === undefined ? {} : { cpe }),
    method: method ?? ('table' as const),
    confidence,
  };
  return {
    port,
    protocol,
    word: 'open',
    ...(reason === undefined ? {} : { reason }),
    ...(name === undefined && product === undefined ? {} : { service }),
  };
}
