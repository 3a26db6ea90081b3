/**
 * Feeds damaged captures to the engine and looks for what must never happen: an exception that is not a PortolanError,
 * an analysis of over a second, memory that grows. Every file is made from a seed by a few random edits.
 *
 *   node --expose-gc test/captures/fuzz.ts [FILES] [SEED]
 */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { analyzeCapture } from '../../src/captures/analysis.ts';
import { PortolanError } from '../../src/core/errors.ts';
import { DEFAULT_DETECTION } from '../defaults.ts';
import { TEREDO, WRAPPINGS } from '../unit/captures/encapsulations.ts';
import { classic, type Frame, framesOf, ng } from '../unit/captures/wrap.ts';

export interface FuzzResult {
  files: number;
  read: number;
  refused: number;
  slowestMs: number;
  /** What the heap and what lies outside it had grown by in the end, in bytes; 0 without --expose-gc. */
  grown: number;
}

/** Longest analysis that is allowed for one (small) file. */
const MAX_MS = 1000;
/** A small table, so that eviction is exercised too. */
const SETTINGS = { ...DEFAULT_DETECTION, maxRecords: 1024 };
/** Decompressors keep some memory for the next file; a leak of a kilobyte a file would show in a full run. */
const MAX_GROWTH = 64e6;
const MAX_BYTES = 64 * 1024 * 1024;
const SEED_BYTES = 20_000;

/** Small captures to begin from: our own cases, some packets in each link and tunnel, and the shared ones where they are. */
export function seedFiles(): Buffer[] {
  const folders = [
    path.join(import.meta.dirname, 'cases'),
    path.join(import.meta.dirname, '..', 'unit', 'captures', 'fixtures'),
    ...['variants', 'trials'].map((name) =>
      path.join(import.meta.dirname, '..', '..', '..', 'shared', 'captures', name),
    ),
  ];
  const seeds: Buffer[] = [];
  for (const folder of folders) {
    let names: string[];
    try {
      names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch {
      continue;
    }
    for (const name of names.filter((one) => /\.(pcap|pcapng|gz|zst|xz|lz4|bz2|zip)$/.test(one)).sort()) {
      const file = path.join(folder, name);
      if (statSync(file).size > 40) seeds.push(readFileSync(file).subarray(0, SEED_BYTES));
    }
  }
  const first = seeds[0];
  if (first === undefined) throw new Error('no captures to begin from');
  const last = seeds.find((seed) => seed !== first && framesOf(seed).length > 20) ?? first;
  seeds.push(gzipSync(first), zstdCompressSync(first), gzipSync(Buffer.concat([first, last])));
  seeds.push(
    ...putTogether(framesOf(first), framesOf(last)),
    ...oddClocks(framesOf(first)),
    ...encapsulated(),
  );
  return seeds;
}

/** Two captures one behind the other, of every format and byte order. */
function putTogether(one: Frame[], other: Frame[]): Buffer[] {
  const forms = (frames: Frame[]) => {
    const few = frames.slice(0, 40);
    return [
      classic(few, 1),
      classic(few, 1, { big: true, nano: true }),
      classic(few, 113, { kuznetzov: true }),
      ng(few, 1, { unknown: true }),
      ng(few, 1, { big: true, packets: 'obsolete' }),
    ];
  };
  return forms(one).flatMap((begin) => forms(other).map((end) => Buffer.concat([begin, end])));
}

/** Nanoseconds behind the magic number of microseconds, times of zero, of 1970 and of 2099. */
function oddClocks(frames: Frame[]): Buffer[] {
  const few = frames.slice(0, 60);
  const stamped = (stamp: (frame: Frame, at: number) => Partial<Frame>) =>
    few.map((frame, at) => ({ ...frame, ...stamp(frame, at) }));
  return [
    stamped(({ usec }) => ({ usec: usec * 1000 })),
    stamped((_, at) => (at % 20 === 0 ? { sec: 0 } : {})),
    stamped((_, at) => (at < 30 ? { sec: 60 } : {})),
    stamped((_, at) => (at > 50 ? { sec: 4_080_000_000 } : {})),
    stamped(() => ({ sec: 0, usec: 0 })),
  ].flatMap((odd) => [classic(odd, 1), ng(odd, 1)]);
}

function encapsulated(): Buffer[] {
  const frames = ['nmap-syn-vertical', 'nmap6-syn-vertical'].flatMap((name) =>
    framesOf(readFileSync(path.join(import.meta.dirname, 'cases', name, 'capture.pcap'))).slice(0, 12),
  );
  return [...WRAPPINGS, ...TEREDO].map(({ linkType, wrap }) => {
    const wrapped = frames.flatMap((frame) => {
      const data = wrap(frame.data);
      return data === undefined ? [] : [{ ...frame, data }];
    });
    return classic(wrapped, linkType);
  });
}

/** Runs `files` mutated captures; throws at the first that does what it must not, naming its number and seed. */
export async function fuzz(files: number, seed: number, tell?: (done: number) => void): Promise<FuzzResult> {
  const seeds = seedFiles();
  const random = generator(seed);
  const result: FuzzResult = { files, read: 0, refused: 0, slowestMs: 0, grown: 0 };
  let base = 0;
  for (let i = 0; i < files; i++) {
    const bytes = mutate(seeds[random(seeds.length)] ?? Buffer.alloc(0), random);
    const begun = performance.now();
    // A promise that nothing will ever settle is a hang too; the timer keeps the process there to see it.
    const hang = Promise.withResolvers<never>();
    const timer = setTimeout(() => hang.reject(new Error('it never ends')), 10 * MAX_MS);
    try {
      const stream = chunks(bytes);
      await Promise.race([
        analyzeCapture({ kind: 'stream', stream }, SETTINGS, { maxBytes: MAX_BYTES }),
        hang.promise,
      ]);
      result.read++;
    } catch (error) {
      if (!(error instanceof PortolanError)) {
        if (process.env.FUZZ_KEEP !== undefined) writeFileSync(process.env.FUZZ_KEEP, bytes);
        throw new Error(`file ${i} of seed ${seed} broke the engine`, { cause: error });
      }
      result.refused++;
    } finally {
      clearTimeout(timer);
    }
    const took = performance.now() - begun;
    result.slowestMs = Math.max(result.slowestMs, took);
    if (took > MAX_MS) throw new Error(`file ${i} of seed ${seed} took ${Math.round(took)} ms`);
    // Once the code is warm; what a decompressor still holds is given back a moment later.
    if (i === 500) base = await held();
    if (i % 500 === 499) tell?.(i + 1);
  }
  if (files > 500) result.grown = Math.max(0, (await held()) - base);
  if (result.grown > MAX_GROWTH) throw new Error(`memory grew by ${result.grown} bytes with seed ${seed}`);
  return result;
}

/** Bytes in use after collecting garbage; 0 when Node was started without --expose-gc. */
async function held(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return 0;
  await sleep(200);
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Values that length and count fields do not like. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 20, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
];

function mutate(seed: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(seed);
  for (let edits = 1 + random(8); edits > 0 && bytes.length > 8; edits--) {
    // Half of the edits go to the first bytes, where the headers are.
    const at = random(2) === 0 ? random(Math.min(bytes.length, 200)) : random(bytes.length);
    switch (random(7)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 2:
        if (at + 4 <= bytes.length) bytes.writeUInt32LE(EDGES[random(EDGES.length)] ?? 0, at);
        break;
      case 3:
        if (at + 4 <= bytes.length) bytes.writeUInt32BE(EDGES[random(EDGES.length)] ?? 0, at);
        break;
      case 4:
        bytes = bytes.subarray(0, at + 1);
        break;
      case 5: {
        const from = random(bytes.length);
        const piece = bytes.subarray(from, from + random(400));
        bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
        break;
      }
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(40))]);
    }
  }
  return bytes;
}

function generator(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const files = Number(process.argv[2] ?? 100_000);
  const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
  console.log(`${files} files from seed ${seed}`);
  const begun = performance.now();
  const result = await fuzz(files, seed, (done) => {
    if (done % 10_000 === 0) console.log(`${done} ...`);
  });
  console.log(
    `${result.read} read, ${result.refused} refused, slowest ${result.slowestMs.toFixed(1)} ms, ` +
      `memory grew by ${(result.grown / 1e6).toFixed(1)} MB, ${((performance.now() - begun) / 1000).toFixed(0)} s`,
  );
}
