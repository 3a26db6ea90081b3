import { mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture } from '../../../bench/captures/generate.ts';
import { analyzeCapture } from '../../../src/captures/analysis.ts';
import { analyzeInWorker } from '../../../src/captures/worker-client.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';

describe('analysis in a worker', () => {
  let folder = '';
  let large = '';
  let endless = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portolan-captures-'));
    large = path.join(folder, 'large.pcap');
    generateCapture(large, 120e6);
    // A sparse file of zeros behind a header: 250 million records without a byte, and no disk.
    endless = path.join(folder, 'endless.pcap');
    writeFileSync(endless, readFileSync(large).subarray(0, 24));
    truncateSync(endless, 4e9);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives what the calling thread gives, from a path and from a descriptor', async () => {
    const file = path.join(import.meta.dirname, '..', '..', 'captures', 'cases', 'nmap-udp', 'capture.pcap');
    const here = await analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION);
    expect(await analyzeInWorker({ kind: 'path', path: file }, DEFAULT_DETECTION)).toEqual(here);
    expect(await analyzeInWorker({ kind: 'fd', fd: openSync(file, 'r') }, DEFAULT_DETECTION)).toEqual(here);
    expect(readFileSync(file).length).toBe(here.bytes);
  });

  it('tells how far it is and finds every embedded scan', { timeout: 60_000 }, async () => {
    const seen: number[] = [];
    const report = await analyzeInWorker({ kind: 'path', path: large }, DEFAULT_DETECTION, {
      onProgress: ({ bytes, totalBytes }) => seen.push(bytes / (totalBytes ?? 0)),
    });
    expect(seen.every((share, i) => share > 0 && share <= 1 && share >= (seen[i - 1] ?? 0))).toBe(true);
    expect(report.suspects.map((one) => `${one.ip} ${one.technique} ${one.pattern}`).sort()).toEqual([
      '10.1.250.1 syn vertical',
      '10.1.250.2 syn horizontal',
      '10.1.250.3 xmas vertical',
      '10.1.250.4 udp vertical',
    ]);
    expect(
      report.suspects.find((one) => one.technique === 'syn' && one.pattern === 'vertical')?.answers.open,
    ).toEqual({
      count: 3,
      targets: [{ ip: '10.100.0.10', ports: '22,80,443' }],
    });
  });

  it('stops when it is cancelled, and works again afterwards', { timeout: 60_000 }, async () => {
    const early = new AbortController();
    const waiting = analyzeInWorker({ kind: 'path', path: large }, DEFAULT_DETECTION, {
      signal: early.signal,
    });
    early.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const late = new AbortController();
    let told = 0;
    const running = analyzeInWorker({ kind: 'path', path: endless }, DEFAULT_DETECTION, {
      signal: late.signal,
      onProgress: () => {
        told++;
        late.abort(new Error('enough'));
      },
    });
    await expect(running).rejects.toThrow('enough');
    expect(told).toBeGreaterThan(0);
    const small = path.join(folder, 'small.pcap');
    const made = generateCapture(small, 1e6);
    expect((await analyzeInWorker({ kind: 'path', path: small }, DEFAULT_DETECTION)).packets).toBe(
      made.packets,
    );
  });

  it('hands refusals on as they are', async () => {
    const file = path.join(folder, 'text.pcap');
    writeFileSync(file, 'this is a text of more than twenty-four bytes');
    const refused = analyzeInWorker({ kind: 'path', path: file }, DEFAULT_DETECTION);
    await expect(refused).rejects.toMatchObject({ name: 'PortolanError', code: 'corrupt_capture' });
    const missing = analyzeInWorker(
      { kind: 'path', path: path.join(folder, 'none.pcap') },
      DEFAULT_DETECTION,
    );
    await expect(missing).rejects.toMatchObject({ code: 'file_not_found' });
    const limited = analyzeInWorker({ kind: 'path', path: large }, DEFAULT_DETECTION, { maxBytes: 1e6 });
    await expect(limited).rejects.toMatchObject({ code: 'file_too_large' });
  });
});
