/**
 * The one capture in a zip file (APPNOTE.TXT 6.3.10), read from front to back, as a pipe can only be. Own code, because
 * libraries either seek to the directory at the end or, where a length was not known in advance, look for the next
 * signature, which may stand inside compressed data; node:zlib knows where a member ends.
 */
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { Exact } from './exact.ts';
import { type Inflate, oneStream } from './inflate.ts';
import { CAPTURE_MAGIC, isCapture } from './magic.ts';

const LOCAL_HEADER = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
/** What may follow the last member: archive extra data, central directory, its ends. */
const AFTER_MEMBERS: readonly number[] = [0x08064b50, 0x02014b50, 0x06064b50, 0x06054b50];
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const LENGTH_BEHIND = 8;
const ZIP64 = 1;
const UNKNOWN = 0xffffffff;
/** Names told in a refusal. */
const NAMED = 5;
/** Each takes a decompressor of its own. */
const MAX_MEMBERS = 10_000;

interface Member {
  name: string;
  method: number;
  /** Length of the packed data; undefined: it stands behind them. */
  size: number | undefined;
  zip64: boolean;
}

/**
 * The bytes of the only capture among the files of a zip file.
 * @param maxBytes what other files may come to, unpacked, where that is the only way past them.
 * @throws PortolanError unsupported_file_type where there is none, or more than one, or it is encrypted;
 * file_too_large.
 */
export async function* captureInZip(
  chunks: AsyncIterable<Uint8Array>,
  create: () => Inflate,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const input = new Exact(chunks);
  const captures: string[] = [];
  const others: string[] = [];
  let passed = 0;
  let members = 0;
  for (let member = await nextMember(input); member !== undefined; member = await nextMember(input)) {
    if (++members > MAX_MEMBERS) throw refused(`This zip file holds more than ${MAX_MEMBERS} files.`);
    const data = new Head(dataOf(input, member, create));
    const found = isCapture(await data.peek(CAPTURE_MAGIC));
    const names = found ? captures : others;
    if (names.length < NAMED) names.push(member.name);
    if (captures.length > 1) throw severalCaptures(captures);
    if (found) yield* data.rest();
    else if (member.size !== undefined) await data.leave();
    else {
      for await (const piece of data.rest()) {
        passed += piece.length;
        if (passed > maxBytes) throw tooMuch(maxBytes);
      }
    }
  }
  if (captures.length === 0) throw noCapture(others);
}

/** The header of the next member; undefined behind the last. */
async function nextMember(input: Exact): Promise<Member | undefined> {
  const signature = (await input.need(4)).getUint32(0, true);
  if (AFTER_MEMBERS.includes(signature)) return undefined;
  if (signature !== LOCAL_HEADER) throw new Error('what follows is no member of a zip file');
  const header = await input.need(26);
  const flags = header.getUint16(2, true);
  const method = header.getUint16(4, true);
  const name = new TextDecoder().decode(await input.need(header.getUint16(22, true)));
  const extra = await input.need(header.getUint16(24, true));
  const long = zip64Size(extra);
  const short = header.getUint32(14, true);
  const size = (flags & LENGTH_BEHIND) !== 0 ? undefined : short === UNKNOWN ? long : short;
  if ((flags & ENCRYPTED) !== 0) throw refused(`${named(name)} in this zip file is encrypted.`);
  if ((method !== STORED && method !== DEFLATED) || (method === STORED && size === undefined)) {
    throw refused(`${named(name)} in this zip file is packed in a way that is not read (method ${method}).`);
  }
  return { name, method, size, zip64: long !== undefined };
}

/** The length of the packed data in the extra field of large files (4.5.3); undefined when there is no such field. */
function zip64Size(extra: DataView): number | undefined {
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== ZIP64) continue;
    return at + 20 <= extra.byteLength ? Number(extra.getBigUint64(at + 12, true)) : 0;
  }
  return undefined;
}

/** The unpacked data; the input stands behind them and their descriptor at the end. */
async function* dataOf(input: Exact, member: Member, create: () => Inflate): AsyncGenerator<Uint8Array> {
  const { method, size } = member;
  if (size === undefined) {
    let unpacked = 0;
    const inflating = oneStream(input, create());
    let step = await inflating.next();
    for (; step.done !== true; step = await inflating.next()) {
      unpacked += step.value.length;
      yield step.value;
    }
    await passDescriptor(input, member, step.value, unpacked);
    return;
  }
  const packed = limited(input, size);
  try {
    const data = new Exact(packed);
    if (method === STORED) yield* data.pieces();
    else yield* oneStream(data, create());
  } finally {
    // Also when the rest is not wanted: what follows begins behind it.
    for await (const _ of packed);
  }
  if ((await input.some(1)).length === 0) throw new Error('the zip file ends early');
  input.unread(1);
}

/** At most `size` bytes; less where the file ends, so that the decompressor gives what there is. */
async function* limited(input: Exact, size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; ) {
    const piece = await input.some(left);
    if (piece.length === 0) return;
    left -= piece.length;
    yield piece;
  }
}

/** CRC and both lengths, of four or eight bytes, with or without a signature (4.3.9); the lengths are known by now. */
async function passDescriptor(
  input: Exact,
  { zip64 }: Member,
  packed: number,
  unpacked: number,
): Promise<void> {
  const crc = (await input.need(4)).getUint32(0, true);
  if (crc === DESCRIPTOR) await input.need(4);
  const lengths = await input.need(8);
  const short = lengths.getUint32(0, true) === packed >>> 0 && lengths.getUint32(4, true) === unpacked >>> 0;
  // The two forms look the same where nothing was packed.
  if (unpacked === 0 ? !zip64 : short) return;
  if (lengths.getBigUint64(0, true) !== BigInt(packed)) {
    throw new Error('a member of the zip file has another length than it says');
  }
  await input.need(8);
}

/** A stream whose first bytes are looked at before the rest is read. */
class Head {
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #first: Uint8Array = new Uint8Array(0);

  constructor(pieces: AsyncGenerator<Uint8Array>) {
    this.#pieces = pieces;
  }

  async peek(length: number): Promise<Uint8Array> {
    while (this.#first.length < length) {
      const next = await this.#pieces.next();
      if (next.done === true) break;
      this.#first = Buffer.concat([this.#first, next.value]);
    }
    return this.#first;
  }

  async leave(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#first.length > 0) yield this.#first;
    yield* this.#pieces;
  }
}

function named(name: string): string {
  return JSON.stringify(cleanField(name, 100));
}

function refused(what: string): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    what,
    'Unpack it first (unzip FILE) and give the capture itself.',
  );
}

function severalCaptures(names: readonly string[]): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    `This zip file holds more than one capture: ${names.map(named).join(', ')}.`,
    'Unpack it (unzip FILE) and give one of them, or put them together first: mergecap -w all.pcapng FILES.',
  );
}

function noCapture(names: readonly string[]): PortolanError {
  return refused(
    names.length === 0
      ? 'This zip file is empty.'
      : `This zip file holds no capture that can be read: ${names.map(named).join(', ')}.`,
  );
}

function tooMuch(maxBytes: number): PortolanError {
  return new PortolanError(
    'file_too_large',
    `The files beside the capture in this zip file hold more than ${maxBytes} bytes.`,
    'Unpack it (unzip FILE) and give the capture itself.',
    { limit: `captures.maxFileMb, ${maxBytes} bytes decompressed` },
  );
}
