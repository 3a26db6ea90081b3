/** A file of another program as looks of the inventory, and what importing it would mean, before it is. */
import { createReadStream, fstat, read } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { parseNetwork, type Span } from '../../core/address.ts';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Coverage, Look } from '../../core/look.ts';
import { blocksOf, IPV4_SPECIAL, IPV6_SPECIAL } from '../../core/special-ranges.ts';
import { createXmlDecoder } from '../../nmap/xml/bytes.ts';
import { type Asked, type Format, LeftOut } from './format.ts';
import { FORMATS } from './formats.ts';
import { Gatherer } from './gather.ts';

export interface ImportOptions {
  site: string;
  /** Where was it looked from; `import` when nobody knows. */
  vantage?: string;
  /** Of traffic: one's own networks. Private and link-local ones when absent. */
  within?: readonly Span[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** What a file held, known at its end. */
export interface ImportEnd {
  format: string;
  /** It breaks off, or could not be read further: why. */
  problem?: string;
  /** What will not be compared, in sentences. */
  notCompared: readonly string[];
  leftOut: ReturnType<LeftOut['list']>;
}

/** A file that is open, and stays so: whoever opened it closes it. */
export interface OpenFile {
  fd: number;
  /** Without its folder. */
  name: string;
}

/**
 * Reads a file into looks, each of a bounded number of hosts. The same file gives looks of the same hashes.
 * @throws PortolanError unsupported_file_type
 */
export async function* importFile(file: OpenFile, options: ImportOptions): AsyncGenerator<Look, ImportEnd> {
  const { head, writtenAt } = await headOf(file);
  const format = formatOf(head, file.name);
  const left = new LeftOut();
  const { site, vantage = 'import', now, within = OWN } = options;
  const gatherer = new Gatherer(
    { site, vantage, now, writtenAt: Math.min(writtenAt, now), ...(format.traffic ? { within } : {}) },
    left,
  );
  const reading = format.read(textOf(file.fd), left);
  let asked: Asked | undefined;
  for (;;) {
    const next = await reading.next();
    if (next.done) {
      asked = next.value;
      break;
    }
    const look = gatherer.add(next.value);
    if (look) yield look;
  }
  const last = gatherer.end(asked ?? POSITIVES);
  if (last) yield last;
  return {
    format: format.name,
    ...(asked?.problem === undefined ? {} : { problem: cleanField(asked.problem, 512) }),
    notCompared: [
      ...(asked ?? POSITIVES).notCompared,
      ...(gatherer.parted && asked?.completeness === 'full'
        ? ['What did not answer: the file is too large to be compared as a whole.']
        : []),
    ],
    leftOut: left.list(),
  };
}

const POSITIVES: Asked = {
  completeness: 'positives',
  coverage: [],
  gaps: [],
  notCompared: ['Only what the file says is there: it does not tell what did not answer.'],
};

const OWN: readonly Span[] = [
  ...blocksOf(IPV4_SPECIAL, 'private', 'link_local', 'shared_cgnat'),
  ...blocksOf(IPV6_SPECIAL, 'unique_local', 'link_local'),
].flatMap((block) => parseNetwork(block) ?? []);

/** What importing a file would mean. */
export interface Preview extends ImportEnd {
  /** Distinct in each look; a file of several looks may have some in more than one. */
  hosts: number;
  openPorts: number;
  looks: number;
  from?: number;
  to?: number;
  completeness?: Look['completeness'];
  coverage: readonly Coverage[];
}

/** Reads the whole file and keeps nothing. @throws as {@link importFile} */
export async function previewOf(file: OpenFile, options: ImportOptions): Promise<Preview> {
  const looks = importFile(file, options);
  const sum = { hosts: 0, openPorts: 0, looks: 0 };
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  let last: Look | undefined;
  for (;;) {
    const next = await looks.next();
    if (next.done) {
      const times = last ? { from, to, completeness: last.completeness } : {};
      return { ...next.value, ...sum, ...times, coverage: last?.coverage ?? [] };
    }
    last = next.value;
    sum.looks += 1;
    sum.hosts += last.sightings.length;
    sum.openPorts += last.sightings.reduce((all, { ports }) => all + ports.length, 0);
    from = Math.min(from, last.startedAt);
    to = Math.max(to, last.endedAt);
  }
}

const HEAD = 64 * 1024;

async function headOf({ fd, name }: OpenFile): Promise<{ head: string; writtenAt: number }> {
  const info = await promisify(fstat)(fd);
  if (!info.isFile()) throw unsupported(`${name} is no file.`);
  const { bytesRead, buffer } = await promisify(read)(fd, Buffer.alloc(HEAD), 0, HEAD, 0);
  const bytes = buffer.subarray(0, bytesRead);
  const packed = PACKED.find(({ magic }) => magic.every((byte, at) => bytes[at] === byte));
  if (packed) throw unsupported(`${name} is packed (${packed.name}); unpack it first.`);
  return { head: createXmlDecoder().decode(bytes), writtenAt: Math.round(info.mtimeMs) };
}

/** A file of whoever sits at this machine. @throws PortolanError `file_not_found` */
export async function openOwnFile(path: string): Promise<OpenFile & AsyncDisposable> {
  try {
    const handle = await open(path, 'r');
    return { fd: handle.fd, name: basename(path), [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'ENOENT' && error.code !== 'EACCES') throw error;
    throw new PortolanError(
      'file_not_found',
      `${basename(path)} cannot be read.`,
      'Check its path and its rights.',
      { cause: error },
    );
  }
}

/** Files that hold others. They are not unpacked: a few bytes can become very many. */
const PACKED = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
] as const;

function formatOf(head: string, name: string): Format {
  if (head.trim() === '') throw unsupported(`${name} is empty.`);
  const format = FORMATS.find((one) => one.recognises(head));
  if (format) return format;
  throw unsupported(`${name} is none of the formats that can be imported.`);
}

function unsupported(message: string): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    message,
    `Give one of: ${FORMATS.map(({ title }) => title).join('; ')}.`,
  );
}

async function* textOf(fd: number): AsyncGenerator<string> {
  const decoder = createXmlDecoder();
  for await (const bytes of createReadStream('', { fd, start: 0, autoClose: false })) {
    const text = decoder.decode(bytes);
    if (text !== '') yield text;
  }
  const rest = decoder.end();
  if (rest !== '') yield rest;
}
