/** Recall and precision of the analysis and of two simple rules, on the labelled captures. */
import { analyzeCapture, DEFAULT_DETECTION } from '../../src/captures/analysis.ts';
import { fromPath } from '../../src/captures/container/bytes.ts';
import { readCapture } from '../../src/captures/container/reader.ts';
import { AddressBook, formatIpv4 } from '../../src/captures/decode/addresses.ts';
import { Decoder } from '../../src/captures/decode/decoder.ts';
import * as R from '../../src/captures/decode/record.ts';
import { findWanted, type LabelledCapture } from '../../test/captures/support.ts';

export interface Score {
  technique: string;
  events: number;
  /** Found with technique and pattern; scanner named at all by each simple rule. */
  found: number;
  tenPorts: number;
  synCount: number;
}

export interface Scores {
  rows: Score[];
  /** Named addresses that scanned, and that did not, over all captures. */
  precision: Record<'portolan' | 'tenPorts' | 'synCount', { right: number; wrong: number }>;
}

/** "Ten ports in a minute": a source that sent to ten different TCP or UDP ports of one host within sixty seconds. */
const TEN_PORTS = 10;
const MINUTE = 60e6;
/** "SYN count": a source that sent a hundred SYNs. */
const MANY_SYNS = 100;

export async function score(captures: readonly LabelledCapture[]): Promise<Scores> {
  const rows = new Map<string, Score>();
  const precision: Scores['precision'] = {
    portolan: { right: 0, wrong: 0 },
    tenPorts: { right: 0, wrong: 0 },
    synCount: { right: 0, wrong: 0 },
  };
  for (const capture of captures) {
    const report = await analyzeCapture({ kind: 'path', path: capture.file }, DEFAULT_DETECTION);
    const simple = await simpleRules(capture.file);
    const named = {
      portolan: new Set(report.suspects.map((one) => one.ip)),
      tenPorts: simple.tenPorts,
      synCount: simple.synCount,
    };
    for (const rule of ['portolan', 'tenPorts', 'synCount'] as const)
      for (const ip of named[rule]) precision[rule][capture.allowed.has(ip) ? 'right' : 'wrong']++;
    for (const wanted of capture.wanted) {
      const technique =
        wanted.pattern === 'distributed' ? `${wanted.technique} (distributed)` : wanted.technique;
      const row = rows.get(technique) ?? { technique, events: 0, found: 0, tenPorts: 0, synCount: 0 };
      rows.set(technique, row);
      row.events++;
      if (findWanted(report, wanted) !== undefined) row.found++;
      if (simple.tenPorts.has(wanted.ip)) row.tenPorts++;
      if (simple.synCount.has(wanted.ip)) row.synCount++;
    }
  }
  return { rows: [...rows.values()].sort((a, b) => (a.technique < b.technique ? -1 : 1)), precision };
}

async function simpleRules(file: string): Promise<{ tenPorts: Set<string>; synCount: Set<string> }> {
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
