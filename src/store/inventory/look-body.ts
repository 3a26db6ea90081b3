/**
 * A look as it is kept: deflated JSON, the hosts in parts, so that no row and no call grows with the size of a network. In
 * a part, what services say of themselves is written once, and of the ports of a host, which are most of it, each word.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Look, PortSighting, ServiceSighting, Sighting } from '../../core/look.ts';

/** Hosts of one part. */
const HOSTS = 500;
/** Repetition is what makes it small, and the first level finds most of it at a quarter of the time of the usual one. */
const LEVEL = 1;

/** What is known of a look without reading it. */
export type LookHead = Omit<Look, 'coverage' | 'gaps' | 'sightings'> & { hosts: number };

export interface PackedLook {
  head: LookHead;
  parts: Uint8Array[];
}

export function packLook(look: Look): PackedLook {
  const { coverage, gaps, sightings, ...head } = look;
  const parts = [pack({ ...head, coverage, gaps })];
  for (let at = 0; at < sightings.length; at += HOSTS)
    parts.push(pack(packHosts(sightings.slice(at, at + HOSTS))));
  return { head: { ...head, hosts: sightings.length }, parts };
}

/** Ports in a row of which the same is said. */
interface PortRun extends Pick<PortSighting, 'protocol' | 'word' | 'reason'> {
  ports: number[];
  /** Of each port the place of its service in {@link Hosts.services}, null where it has none; absent where none has. */
  services?: (number | null)[];
}

interface Hosts {
  services: ServiceSighting[];
  sightings: (Omit<Sighting, 'ports'> & { ports: PortRun[] })[];
}

function packHosts(sightings: readonly Sighting[]): Hosts {
  const services: ServiceSighting[] = [];
  const places = new Map<string, number>();
  const placeOf = (service: ServiceSighting): number => {
    const text = JSON.stringify(service);
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, services.length);
    return services.push(service) - 1;
  };
  const runsOf = (ports: readonly PortSighting[]): PortRun[] => {
    const runs: PortRun[] = [];
    for (const { protocol, word, reason, port, service } of ports) {
      let run = runs.at(-1);
      if (!run || run.protocol !== protocol || run.word !== word || run.reason !== reason) {
        run = { protocol, word, ...(reason === undefined ? {} : { reason }), ports: [] };
        runs.push(run);
      }
      if (service) run.services ??= run.ports.map(() => null);
      run.services?.push(service ? placeOf(service) : null);
      run.ports.push(port);
    }
    return runs;
  };
  return { sightings: sightings.map(({ ports, ...rest }) => ({ ...rest, ports: runsOf(ports) })), services };
}

function unpackHosts({ services, sightings }: Hosts): Sighting[] {
  const portsOf = (runs: readonly PortRun[]): PortSighting[] => {
    const ports: PortSighting[] = [];
    for (const { ports: of, services: places, protocol, word, reason } of runs)
      for (let at = 0; at < of.length; at += 1) {
        const [port, place] = [of[at] ?? 0, places?.[at] ?? null];
        const service = place === null ? undefined : services[place];
        const said: PortSighting = { port, protocol, word };
        if (reason !== undefined) said.reason = reason;
        if (service !== undefined) said.service = service;
        ports.push(said);
      }
    return ports;
  };
  return sightings.map(({ ports, ...rest }) => ({ ...rest, ports: portsOf(ports) }));
}

/** @param parts all of them, in order, as {@link packLook} made them. */
export function unpackLook(parts: readonly Uint8Array[]): Look {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('a look without its parts');
  const frame: Omit<Look, 'sightings'> = JSON.parse(unpack(first));
  return {
    ...frame,
    sightings: others.flatMap((part) => {
      const hosts: Hosts | Sighting[] = JSON.parse(unpack(part));
      // Until 2026-11-29 each port was written out by itself.
      return Array.isArray(hosts) ? hosts : unpackHosts(hosts);
    }),
  };
}

const pack = (value: unknown) => new Uint8Array(deflateRawSync(JSON.stringify(value), { level: LEVEL }));

const unpack = (part: Uint8Array) => inflateRawSync(part).toString('utf8');
