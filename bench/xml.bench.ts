/**
 * How fast nmap's XML is read, and in how much memory. The report is generated, the same every time; each reading
 * runs in a process of its own, so that its peak memory is its own. Prints ratios measured side by side in one run.
 *
 *   node bench/xml.bench.ts [megabytes=200]
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SaxesParser } from 'saxes';
import { readBlocks } from '../src/nmap/recovery/replay.ts';
import { createReport } from '../src/nmap/xml/report.ts';
import { writeReport } from './xml-report.ts';

const readings = {
  /** Only the bytes: what the disk gives. */
  async bytes(path: string): Promise<number> {
    let length = 0;
    await readBlocks(path, (bytes) => {
      length += bytes.length;
    });
    return length;
  },
  /** The bare parser with every tag's attributes, and nothing made of it. */
  async saxes(path: string): Promise<number> {
    let tags = 0;
    const parser = new SaxesParser({ xmlns: false, position: false });
    parser.on('opentag', () => {
      tags += 1;
    });
    const decoder = new TextDecoder();
    await readBlocks(path, (bytes) => void parser.write(decoder.decode(bytes, { stream: true })));
    return tags;
  },
  /** As Portolan reads it: cleaned hosts, coverage notes. */
  async portolan(path: string): Promise<number> {
    const report = createReport(() => {});
    await readBlocks(path, (bytes) => report.write(bytes));
    const end = report.end();
    if (end.truncated) throw new Error(`the report was not read to its end: ${end.problem}`);
    return end.hosts;
  },
};

type Reading = keyof typeof readings;

interface Measured {
  count: number;
  seconds: number;
  peakMegabytes: number;
}

async function measure(name: Reading, path: string): Promise<void> {
  const start = performance.now();
  const count = await readings[name](path);
  const seconds = (performance.now() - start) / 1000;
  const measured: Measured = { count, seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
  console.log(JSON.stringify(measured));
}

function measureInChild(name: Reading, path: string): Measured {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), name, path],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

async function compare(megabytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-bench-'));
  const path = join(folder, 'report.xml');
  try {
    const file = createWriteStream(path);
    await writeReport(megabytes * 1e6, async (text) => {
      if (!file.write(text)) await once(file, 'drain');
    });
    file.end();
    await once(file, 'close');
    const size = (await stat(path)).size / 1e6;
    console.log(`nmap XML report of ${size.toFixed(0)} MB, best of three, node ${process.version}`);
    const best = new Map<Reading, Measured & { speed: number }>();
    for (let round = 0; round < 3; round += 1) {
      for (const name of ['bytes', 'saxes', 'portolan'] as const) {
        const measured = measureInChild(name, path);
        const before = best.get(name);
        if (!before || measured.seconds < before.seconds) {
          best.set(name, { ...measured, speed: size / measured.seconds });
        }
      }
    }
    for (const [name, { speed, peakMegabytes, count }] of best) {
      const ratio = speed / (best.get('saxes')?.speed ?? speed);
      console.log(
        `${name.padEnd(9)} ${speed.toFixed(0).padStart(5)} MB/s  ${ratio.toFixed(2).padStart(6)} x saxes  peak ${peakMegabytes.toFixed(0).padStart(4)} MB  (${count})`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [first, path] = process.argv.slice(2);
if (path !== undefined) await measure(first as Reading, path);
else await compare(Number(first ?? 200));
