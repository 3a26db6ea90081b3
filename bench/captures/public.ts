/**
 * Captures from the test suites of other programs (not part of this repository). Nobody has labelled the scans in them,
 * so there is no recall; every address that is named is looked at by hand and judged here.
 */

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { analyzeCapture, type CaptureReport } from '../../src/captures/analysis.ts';
import { PortolanError } from '../../src/core/errors.ts';
import { SHARED } from '../../test/captures/support.ts';
import { DEFAULT_DETECTION } from '../../test/defaults.ts';

const PUBLIC = path.join(SHARED, 'public');

/** By file and address, why it is a scan or is none. */
const JUDGED: Record<string, { scans: boolean; why: string }> = {
  'zeek+zeek/testing__btest__Traces__nmap-vsn.pcap 192.168.1.71': {
    scans: true,
    why: 'nmap asks for 245 addresses of its network before it scans',
  },
  ...Object.fromEntries(
    ['10.0.0.1', '10.0.0.2'].map((ip) => [
      `zeek+zeek/testing__btest__Traces__rotation.pcap ${ip}`,
      {
        scans: true,
        why: 'ten ports of a host one after another, one an hour: made for the rotation of logs, and just what a slow scan sends',
      },
    ]),
  ),
};

export interface PublicScore {
  captures: number;
  refused: number;
  named: { file: string; who: string; verdict: string }[];
}

/** Absent where the captures are. */
export async function readPublic(): Promise<PublicScore | undefined> {
  const manifest = path.join(PUBLIC, 'MANIFEST.tsv');
  if (!existsSync(manifest)) return undefined;
  const files = readFileSync(manifest, 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split('\t')[0] || []);
  const score: PublicScore = { captures: files.length, refused: 0, named: [] };
  for (const file of files) {
    const report = await analyze(path.join(PUBLIC, file));
    if (report === undefined) score.refused++;
    for (const { ip, technique, pattern } of report?.suspects ?? []) {
      const judged = JUDGED[`${file} ${ip}`];
      const verdict =
        judged === undefined ? 'not judged yet' : `${judged.scans ? 'scans' : 'innocent'}: ${judged.why}`;
      score.named.push({ file, who: `${ip} ${technique} ${pattern}`, verdict });
    }
  }
  return score;
}

/** Undefined for a file that is not a capture: some are malformed on purpose. */
async function analyze(file: string): Promise<CaptureReport | undefined> {
  try {
    return await analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION);
  } catch (error) {
    if (error instanceof PortolanError && error.code === 'corrupt_capture') return undefined;
    throw error;
  }
}
