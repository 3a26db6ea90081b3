/** Every case of our own suite, and the shared captures where they are. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeCapture, type CaptureReport, selectSuspects } from '../../src/captures/analysis.ts';
import { PortolanError } from '../../src/core/errors.ts';
import { DEFAULT_DETECTION } from '../defaults.ts';
import { faults, haveShared, openSeen, ownCases, SHARED, sharedLab } from './support.ts';

const analyze = (file: string) => analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION);

describe('our own cases', () => {
  for (const capture of ownCases()) {
    it(capture.name, async () => {
      const report = await analyze(capture.file);
      expect(faults(report, capture)).toEqual([]);
      expect(report.packets).toBeGreaterThan(12);
      for (const suspect of report.suspects) {
        expect(suspect.packets.length).toBeGreaterThan(0);
        expect(suspect.packets.every((packet) => packet >= 1 && packet <= report.packets)).toBe(true);
      }
      if (capture.minPorts !== undefined) return;
      // The thresholds a caller gets by default hide none of these.
      expect(selectSuspects(report, { minPorts: 10 })).toHaveLength(report.suspects.length);
    });
  }
});

if (haveShared) {
  describe('shared captures', () => {
    for (const capture of sharedLab()) {
      it(`lab/${capture.name}`, async () => {
        expect(faults(await analyze(capture.file), capture)).toEqual([]);
      });
    }

    it('variants give the same answer as their source', async () => {
      const variants = JSON.parse(readFileSync(path.join(SHARED, 'variants', 'variants.json'), 'utf8')) as {
        sources: Record<string, string>;
        files: Record<string, { same_answer: boolean }>;
      };
      const answer = (report: CaptureReport) =>
        report.suspects.map((one) => [
          one.ip,
          one.technique,
          one.pattern,
          one.ports,
          one.distinct_hosts,
          openSeen(one),
        ]);
      const expected = new Map<string, unknown>();
      for (const [name, file] of Object.entries(variants.sources))
        expected.set(name, answer(await analyze(path.join(SHARED, file))));
      for (const [file, { same_answer }] of Object.entries(variants.files)) {
        if (!same_answer) continue;
        const report = await analyze(path.join(SHARED, 'variants', file));
        expect(answer(report), file).toEqual(expected.get(file.split('.')[0] ?? ''));
      }
    });

    it('public captures are counted as capinfos counts them, and none breaks the engine', async () => {
      const lines = readFileSync(path.join(SHARED, 'public', 'MANIFEST.tsv'), 'utf8')
        .split('\n')
        .slice(1)
        .filter(Boolean);
      const wrong: string[] = [];
      for (const line of lines) {
        const [file = '', , , , , , , packets] = line.split('\t');
        try {
          const report = await analyze(path.join(SHARED, 'public', file));
          if (String(report.packets) !== packets)
            wrong.push(`${file}: ${report.packets}, capinfos ${packets}`);
        } catch (error) {
          // capinfos refuses these as well; the manifest counts one packet where a lenient reader finds it.
          const refused = error instanceof PortolanError && error.code === 'corrupt_capture';
          if (!refused || !/invalid-vers|option-too-long/.test(file)) wrong.push(`${file}: ${String(error)}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  });
} else {
  it('says that the shared captures are absent', () => {
    console.info(`${SHARED} is absent: only our own cases were run`);
    expect(haveShared).toBe(false);
  });
}
