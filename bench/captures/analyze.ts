/** The analysis as a program of its own, for the bench: reads FILE, prints one line of JSON with times and memory. */
import { analyzeCapture, DEFAULT_DETECTION } from '../../src/captures/analysis.ts';

const begun = performance.now();
const [file = ''] = process.argv.slice(2);
const report = await analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION);
console.log(
  JSON.stringify({
    packets: report.packets,
    seconds: (performance.now() - begun) / 1000,
    peakMb: process.resourceUsage().maxRSS / 1024,
    suspects: report.suspects.map((one) => `${one.ip} ${one.technique} ${one.pattern}`),
  }),
);
