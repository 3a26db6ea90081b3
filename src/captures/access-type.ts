/** Which kind of file a capture is by its name and by its first bytes; both must agree. */
import { PortolanError } from '../core/errors.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'lz4';

const BY_ENDING: Readonly<Record<string, Compression>> = { gz: 'gzip', zst: 'zstd', xz: 'xz', lz4: 'lz4' };

// RFC 1952; RFC 8878; xz file format 1.2, section 2.1.1.1; LZ4 frame format 1.6
const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
];

/** @throws PortolanError `unsupported_file_type` for a name that no capture has. */
export function compressionByName(name: string): Compression {
  const match = /\.(?:pcap|pcapng|cap)(?:\.(gz|zst|xz|lz4))?$/i.exec(name);
  if (!match) {
    throw new PortolanError(
      'unsupported_file_type',
      'The name does not end as the name of a capture does.',
      'Give a file named .pcap, .pcapng or .cap, with .gz, .zst, .xz or .lz4 after it when compressed.',
    );
  }
  return match[1] === undefined ? 'none' : (BY_ENDING[match[1].toLowerCase()] ?? 'none');
}

/** `none` also for content that is no capture at all: reading it says so (`corrupt_capture`). */
export function compressionByMagic(start: Uint8Array): Compression {
  const found = MAGIC.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte));
  return found?.[0] ?? 'none';
}
