import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PortSighting } from '../../../src/core/look.ts';
import { packLook, unpackLook } from '../../../src/store/inventory/look-body.ts';
import { scanLook } from '../../inventory/looks.ts';

const service = fc.record(
  {
    name: fc.constantFrom('http', 'ssh'),
    product: fc.constantFrom('nginx', 'OpenSSH'),
    cpe: fc.constant(['cpe:/a:x:y']),
    method: fc.constantFrom('table', 'probed'),
    confidence: fc.nat(10),
  },
  { requiredKeys: ['method', 'confidence'], noNullPrototype: true },
);
const port: fc.Arbitrary<PortSighting> = fc.record(
  {
    port: fc.integer({ min: 0, max: 65_535 }),
    protocol: fc.constantFrom('tcp', 'udp'),
    word: fc.constantFrom('open', 'closed', 'silent'),
    reason: fc.constantFrom('syn-ack', 'reset'),
    service,
  },
  { requiredKeys: ['port', 'protocol', 'word'], noNullPrototype: true },
);

const lookOf = (hosts: readonly (readonly PortSighting[])[]) => {
  const look = scanLook(
    1,
    hosts.map((_, at) => ({ address: `10.0.${at >> 8}.${at & 255}`, closed: '1-9' })),
  );
  return {
    ...look,
    sightings: look.sightings.map((one, at) => ({ ...one, ports: [...(hosts[at] ?? [])] })),
  };
};

describe('the body of a look', () => {
  it('gives back every port as it was, in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(port, { maxLength: 12 }), { maxLength: 5 }), (hosts) => {
        const look = lookOf(hosts);
        expect(unpackLook(packLook(look).parts)).toStrictEqual(look);
      }),
    );
  });

  it('holds very many hosts in parts', () => {
    const look = lookOf(
      Array.from({ length: 1001 }, (_, at) => [{ port: at, protocol: 'tcp', word: 'open' }]),
    );
    const { parts, head } = packLook(look);
    expect(parts).toHaveLength(4);
    expect(head.hosts).toBe(1001);
    expect(unpackLook(parts)).toStrictEqual(look);
  });

  it('is read as it was written until 2026-11-29, each port by itself', () => {
    const look = lookOf([[{ port: 22, protocol: 'tcp', word: 'open', reason: 'syn-ack' }]]);
    const [frame = new Uint8Array(0)] = packLook(look).parts;
    const old = new Uint8Array(deflateRawSync(JSON.stringify(look.sightings)));
    expect(unpackLook([frame, old])).toStrictEqual(look);
  });
});
