/** The noise of the internet: sources that probe an endpoint or two, but with the mark of a scanner in each packet. */
import { formatPorts } from '../../core/port-set.ts';
import type { AddressBook } from '../decode/addresses.ts';
import * as E from '../evidence/endpoints.ts';
import * as K from '../evidence/kinds.ts';
import { type BackgroundNoise, MAX_LISTED } from '../findings.ts';
import { markOf } from './fingerprint.ts';
import { portOf } from './outcome.ts';
import { addressText, seconds } from './text.ts';

/** Sources that are told apart; more are only counted. */
const MAX_SOURCES = 20_000;
const MAX_PORTS = 16;

interface Noise {
  source: number;
  tool: string;
  probes: number;
  endpoints: number;
  ports: Set<number>;
  first: number;
  last: number;
}

/** What is left of marked probes when the sources in `named` are taken out. IPv4 only: the marks are in its header. */
export function backgroundOf(
  table: E.EndpointTable,
  named: ReadonlySet<number>,
  book: AddressBook,
): BackgroundNoise {
  const { words, times, count } = table;
  const sources = new Map<number, Noise>();
  let more = 0;
  let probes = 0;
  for (let slot = 0; slot < count * E.RECORD; slot += E.RECORD) {
    const key = words[slot + E.KEY] ?? 0;
    const kind = (key >>> 16) & 0xff;
    if ((kind !== K.RAW_SYN && kind !== K.UDP_PROBE) || (key & E.KEY_IPV6) !== 0) continue;
    const source = words[slot] ?? 0;
    const tool = markOf(words, slot);
    if (tool === undefined || named.has(source)) continue;
    probes += words[slot + E.PROBES] ?? 0;
    let noise = sources.get(source);
    if (noise === undefined) {
      if (sources.size >= MAX_SOURCES) {
        more++;
        continue;
      }
      const first = times[(slot + E.FIRST_TIME) >> 1] ?? Number.NaN;
      noise = { source, tool, probes: 0, endpoints: 0, ports: new Set(), first, last: first };
      sources.set(source, noise);
    }
    noise.probes += words[slot + E.PROBES] ?? 0;
    noise.endpoints++;
    if (noise.ports.size < MAX_PORTS) noise.ports.add(portOf(words, slot));
    noise.last = Math.max(noise.last, times[(slot + E.LAST_TIME) >> 1] ?? Number.NaN);
  }
  const tools: Record<string, number> = {};
  for (const { tool } of sources.values()) tools[tool] = (tools[tool] ?? 0) + 1;
  const listed = [...sources.values()].sort((a, b) => b.probes - a.probes).slice(0, MAX_LISTED);
  return {
    sources: sources.size + more,
    probes,
    tools,
    listed: listed.map((noise) => ({
      ip: addressText(book, noise.source, false),
      tool: noise.tool,
      probes: noise.probes,
      endpoints: noise.endpoints,
      ports: formatPorts([...noise.ports]),
      first_seen: seconds(noise.first),
      last_seen: seconds(noise.last),
    })),
  };
}
