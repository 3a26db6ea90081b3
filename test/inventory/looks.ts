/** Looks for tests, in few words. */
import { createHash } from 'node:crypto';
import type { Look, PortSighting, Sighting } from '../../src/core/look.ts';

/** Hour by hour, so that they have an order. */
export const HOUR = 3_600_000;
export const START = 1_790_000_000_000;

export interface Seen {
  address: string;
  mac?: string;
  open?: readonly (number | [port: number, product: string])[];
  closed?: string;
}

/** A full scan of tcp ports from `local`, `hour` hours after the beginning. */
export function scanLook(
  hour: number,
  hosts: readonly Seen[],
  more: Partial<Look> & { network?: [first: string, last: string]; asked?: string } = {},
): Look {
  const { network = ['10.0.0.0', '10.0.0.255'], asked = '1-1000', ...given } = more;
  const endedAt = START + hour * HOUR;
  const look: Omit<Look, 'hash'> = {
    kind: 'scan',
    site: 'default',
    vantage: 'local',
    startedAt: endedAt - 60_000,
    endedAt,
    completeness: 'full',
    discovery: 'arp',
    coverage: [
      { first: network[0], last: network[1], aspect: 'host' },
      {
        first: network[0],
        last: network[1],
        aspect: 'port',
        protocol: 'tcp',
        ports: asked,
        technique: 'syn',
      },
    ],
    gaps: [],
    sightings: hosts.map((host) => sightingOf(host, endedAt)),
    ...given,
  };
  return { hash: createHash('sha256').update(JSON.stringify(look)).digest('hex'), ...look };
}

function sightingOf({ address, mac, open = [], closed }: Seen, at: number): Sighting {
  return {
    at,
    address,
    said: 'queried',
    marks: mac === undefined ? [] : [{ type: 'mac', value: mac }],
    ports: open.map((one): PortSighting => {
      const [port, product] = typeof one === 'number' ? [one, undefined] : one;
      return {
        port,
        protocol: 'tcp',
        word: 'open',
        ...(product === undefined
          ? {}
          : { service: { name: 'http', product, version: '1.0', method: 'probed', confidence: 10 } }),
      };
    }),
    counted: closed === undefined ? [] : [{ word: 'closed', protocol: 'tcp', ports: closed }],
    facts: [],
  };
}
