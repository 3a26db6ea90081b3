/**
 * Which kind of file a capture is by its name and by its first bytes; both must agree. The name is looked at before the
 * file, so that nobody can ask this server which other files there are. That the bytes are a capture is seen by who reads
 * them (`corrupt_capture`).
 */
import { PortolanError } from '../core/errors.ts';
import type { Compression } from './container/magic.ts';

/** A part of a name that says capture: `pcap1` of tcpdump -C, `tcpdump` in `tcpdump-20260101`, `dmp` of others. */
const WORD =
  /(?:pcap|pcapng|dump|capture|trace)\d*$|^(?:cap|dmp|trc|snoop|sniff|sniffer|packets|wireshark|tshark|snort|suricata|zeek|netsniff|daemonlogger)\d*$/;
/** `log` alone names any log; a time behind it is what snort, Suricata and daemonlogger write. */
const TIMED_LOG = /(?:^|[^a-z0-9])log[^a-z0-9](?:.*[^a-z0-9])?\d{9,}/;
const PACKED = /\.(gz|zst|xz|lz4|bz2|zip)(?:\.\d+)?$/;

const ENDINGS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  zst: 'zstd',
  xz: 'xz',
  lz4: 'lz4',
  bz2: 'bzip2',
  zip: 'zip',
};

/** What to do about a file that is not taken. */
export const NAMES_TAKEN =
  'Give a regular file named as capture programs do: .pcap, .pcapng, .cap, .dmp or .trace, a number or time may follow ' +
  '(dump.pcap1, snort.log.1611342342), and .gz, .zst, .xz, .lz4, .bz2 or .zip when compressed.';

/**
 * Takes the names that capture programs write, with the number or time that they put behind (`dump.pcap1` of tcpdump -C,
 * `snort.log.1611342342`, `x_00001_20260101120000.pcapng`), and gives the compression that the name tells.
 * @throws PortolanError `unsupported_file_type` for a name that no capture has.
 */
export function compressionByName(name: string): Compression {
  const lower = name.toLowerCase();
  const known = TIMED_LOG.test(lower) || lower.split(/[^a-z0-9]+/).some((part) => WORD.test(part));
  if (!known) {
    throw new PortolanError('unsupported_file_type', 'The name is not one that a capture has.', NAMES_TAKEN);
  }
  const packed = PACKED.exec(lower)?.[1];
  return packed === undefined ? 'none' : (ENDINGS[packed] ?? 'none');
}

const REPORT = /\.(xml|json|jsonl|ndjson|csv|tsv|txt|list|lst|log)$/;

/** The ending of a report that can be imported. @throws PortolanError `unsupported_file_type` for other names */
export function reportByName(name: string): string {
  const ending = REPORT.exec(name.toLowerCase())?.[1];
  if (ending !== undefined) return ending;
  throw new PortolanError(
    'unsupported_file_type',
    'The name is not one that a report has.',
    'Give a regular file that ends in .xml, .json, .jsonl, .ndjson, .csv, .tsv, .txt, .list or .log.',
  );
}
