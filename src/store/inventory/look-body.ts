/** A look as it is kept: deflated JSON, the hosts in parts, so that no row and no call grows with the size of a network. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Look } from '../../core/look.ts';

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
  for (let at = 0; at < sightings.length; at += HOSTS) parts.push(pack(sightings.slice(at, at + HOSTS)));
  return { head: { ...head, hosts: sightings.length }, parts };
}

/** @param parts all of them, in order, as {@link packLook} made them. */
export function unpackLook(parts: readonly Uint8Array[]): Look {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('a look without its parts');
  const frame: Omit<Look, 'sightings'> = JSON.parse(unpack(first));
  return { ...frame, sightings: others.flatMap((part): Look['sightings'] => JSON.parse(unpack(part))) };
}

const pack = (value: unknown) => new Uint8Array(deflateRawSync(JSON.stringify(value), { level: LEVEL }));

const unpack = (part: Uint8Array) => inflateRawSync(part).toString('utf8');
