/** Decoded packets equal what tshark prints for the same file: addresses, ports, TCP flags. Needs tshark. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromPath } from '../../src/captures/container/bytes.ts';
import { readCapture } from '../../src/captures/container/reader.ts';
import { AddressBook, formatIpv4 } from '../../src/captures/decode/addresses.ts';
import { Decoder } from '../../src/captures/decode/decoder.ts';
import * as R from '../../src/captures/decode/record.ts';
import { haveShared, ownCases, SHARED } from './support.ts';

const FIELDS = [
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'udp.srcport',
  'udp.dstport',
];

/** `source > target sport dport flags` of each TCP and UDP packet, with `shortcut` or the general decoder. */
async function ours(file: string, shortcut: boolean): Promise<Map<number, string>> {
  const book = new AddressBook(1 << 16, 1);
  const decoder = new Decoder(book);
  const decoded = R.createDecoded();
  const lines = new Map<number, string>();
  await readCapture(fromPath(file), {
    onBatch(batch) {
      decoder.decode(batch, decoded, shortcut);
      for (let i = 0; i < batch.count; i++) {
        const row = decoded.rows.subarray(i * R.ROW, (i + 1) * R.ROW);
        const word = row[R.KIND] ?? 0;
        const kind = word & 0xff;
        if (kind !== R.TCP && kind !== R.UDP) continue;
        const text = (address: number) => ((word & R.IPV6) !== 0 ? book.text(address) : formatIpv4(address));
        const ports = row[R.PORTS] ?? 0;
        const flags = kind === R.TCP ? ` ${(word >>> 8) & 0xff}` : '';
        lines.set(
          batch.firstNumber + i,
          `${text(row[R.SRC] ?? 0)} > ${text(row[R.DST] ?? 0)} ${ports >>> 16} ${ports & 0xffff}${flags}`,
        );
      }
    },
    onChunk() {},
  });
  return lines;
}

/** The same by tshark. What an ICMP error quotes, and later fragments, are not packets of their own. */
function tshark(file: string): Map<number, string> {
  const out = execFileSync(
    'tshark',
    // Decode as we do: by headers alone, fragments put together.
    [
      '-n',
      '-r',
      file,
      '-Y',
      '(tcp || udp) && !icmp && !icmpv6',
      '-T',
      'fields',
      '-e',
      'frame.number',
      ...FIELDS.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const lines = new Map<number, string>();
  for (const line of out.split('\n').filter(Boolean)) {
    const [number, src4, dst4, src6, dst6, tsport, tdport, flags = '', usport, udport] = line.split('\t');
    const ends = `${src4 || src6} > ${dst4 || dst6}`;
    lines.set(
      Number(number),
      tsport ? `${ends} ${tsport} ${tdport} ${Number(flags) & 0xff}` : `${ends} ${usport} ${udport}`,
    );
  }
  return lines;
}

const files = [
  ...ownCases().map((one) => one.file),
  ...(haveShared
    ? readdirSync(path.join(SHARED, 'lab'))
        .filter((name) => name.endsWith('.pcap'))
        .map((name) => path.join(SHARED, 'lab', name))
    : []),
];

describe('decoded packets equal those of tshark', () => {
  for (const file of files) {
    const name = file.includes('/lab/') ? `lab/${path.basename(file)}` : path.basename(path.dirname(file));
    it(name, { timeout: 60_000 }, async () => {
      const decoded = await ours(file, true);
      expect(decoded).toEqual(await ours(file, false));
      const expected = tshark(file);
      const differing = [...new Set([...decoded.keys(), ...expected.keys()])].filter(
        (number) => decoded.get(number) !== expected.get(number),
      );
      // tshark shows a fragmented segment at its last fragment, we at the one that completes its header.
      const left = (lines: Map<number, string>) =>
        differing.flatMap((number) => lines.get(number) ?? []).sort();
      expect(left(decoded)).toEqual(left(expected));
    });
  }
});
