/** Two rules that people write first, to compare with. */
import { fromPath } from '../../src/captures/container/bytes.ts';
import { readCapture } from '../../src/captures/container/reader.ts';
import { AddressBook, formatIpv4 } from '../../src/captures/decode/addresses.ts';
import { Decoder } from '../../src/captures/decode/decoder.ts';
import * as R from '../../src/captures/decode/record.ts';

/** "Ten ports in a minute": a source that sent to ten different TCP or UDP ports of one host within sixty seconds. */
const TEN_PORTS = 10;
const MINUTE = 60e6;
/** "SYN count": a source that sent a hundred SYNs. */
const MANY_SYNS = 100;

/** The addresses that each of the two rules names. */
export async function simpleRules(file: string): Promise<{ tenPorts: Set<string>; synCount: Set<string> }> {
  const book = new AddressBook(1 << 18, 1);
  const decoder = new Decoder(book);
  const decoded = R.createDecoded();
  const tenPorts = new Set<string>();
  const syns = new Map<string, number>();
  const recent = new Map<string, Map<number, number>>();
  await readCapture(fromPath(file), {
    onBatch(batch) {
      decoder.decode(batch, decoded);
      for (let i = 0; i < batch.count; i++) {
        const row = i * R.ROW;
        const word = decoded.rows[row + R.KIND] ?? 0;
        const kind = word & 0xff;
        if (kind !== R.TCP && kind !== R.UDP) continue;
        const text = (address: number) => ((word & R.IPV6) !== 0 ? book.text(address) : formatIpv4(address));
        const src = text(decoded.rows[row + R.SRC] ?? 0);
        if (kind === R.TCP && ((word >>> 8) & 0x12) === 2) syns.set(src, (syns.get(src) ?? 0) + 1);
        if (tenPorts.has(src)) continue;
        const pair = `${src} ${text(decoded.rows[row + R.DST] ?? 0)}`;
        const ports = recent.get(pair) ?? new Map<number, number>();
        recent.set(pair, ports);
        const now = batch.times[i] ?? 0;
        ports.set((decoded.rows[row + R.PORTS] ?? 0) & 0xffff, now);
        if (ports.size < TEN_PORTS) continue;
        for (const [port, seen] of ports) if (now - seen > MINUTE) ports.delete(port);
        if (ports.size >= TEN_PORTS) tenPorts.add(src);
      }
    },
    onChunk() {},
  });
  const synCount = new Set([...syns].filter(([, count]) => count >= MANY_SYNS).map(([ip]) => ip));
  return { tenPorts, synCount };
}
