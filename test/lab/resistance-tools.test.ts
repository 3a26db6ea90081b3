/** Every door tells of a host that blocks us in mid-scan: tools by a real MCP client, and the command line. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Home, mainArguments, makeHome, type Portolan, startStdio } from '../e2e/portolan.ts';
import type { LabHost } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

/** Each host is scanned once: it remembers us. */
const host = (last: number): LabHost => ({
  address: `10.9.7.${last}`,
  tcp: { 22: 'ssh', 80: 'http', 443: 'silent', 3306: 'silent', 8080: 'http' },
  guard: { ban: { after: 40, of: 'syns', seconds: 600 }, meets: 'reset' },
});
const DOORS: [tool: string, args: Record<string, unknown>][] = [
  ['quick_scan', { target: '10.9.7.1' }],
  ['full_scan', { target: '10.9.7.2' }],
  ['scan_network', { target: '10.9.7.3', scan_type: 'full' }],
  ['custom_scan', { command: '-n -p 1-400,443,3306,8080 10.9.7.4' }],
];

let lab: Lab;
let home: Home;
let portolan: Portolan;
beforeAll(async () => {
  lab = await startLab([1, 2, 3, 4, 5].map(host));
  home = makeHome();
  portolan = await startStdio(home, '2026-07-28', lab.inside);
});
afterAll(async () => {
  await portolan.close();
  await lab.stop();
  home.remove();
});

interface Told {
  task_id: string;
  coverage?: { kind: string; message: string }[];
  result?: { partial: boolean; coverage: { kind: string; message: string }[] };
}

test.each(DOORS)('%s %j', { timeout: 240_000 }, async (tool, args) => {
  const { text, structured } = await portolan.call(tool, { timeout: 200, ...args });
  const told = structured as unknown as Told;
  const coverage = told.result?.coverage ?? told.coverage ?? [];
  expect(coverage[0]?.kind, text).toBe('blocked_us');
  expect(coverage[0]?.message).toMatch(/turned against this scan .* Not tested: \d+ ports, shown as unknown/);
  expect(text).toContain('blocked_us');
  expect(text).toMatch(/unknown \(not-tested\)|Not tested: \d+ ports/);
  expect(text).not.toMatch(/agreed|none was open|no silence was to be checked/);
  const stored = await portolan.call('get_task_result', { task_id: told.task_id });
  const { result } = stored.structured as unknown as Told;
  expect(result?.partial).toBe(true);
  expect(result?.coverage[0]).toEqual(coverage[0]);
});

test('portolan scan', async () => {
  const { stdout } = await lab.run([process.execPath, ...mainArguments(home, 'scan', '10.9.7.5')]);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /turned against this scan .*blocks this address \(blocked_us\)/,
  );
});
