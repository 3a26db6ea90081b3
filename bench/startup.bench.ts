/**
 * How soon a client that starts `portolan` gets its first reply, against a bare Node that does nothing. Both are spawned
 * in turn in one run; the bundle is the shipped one (npm run build), warm, as it is from its second start on.
 *
 *   node bench/startup.bench.ts [rounds=30] [another checkout, built: compared with that one instead of a bare Node]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurn, median, tellTimes } from './side-by-side.ts';

const LIMIT = 4;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const rounds = Number(process.argv[2] ?? 30);
const checkout = process.argv[3];
const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const env = { PATH: process.env['PATH'] ?? '', HOME: home };

const FIRST_REQUESTS = {
  '2025-11-25 initialize': {
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  },
  '2026-07-28 server/discover': {
    method: 'server/discover',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
};

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...args], { env, stdio: ['pipe', 'pipe', 'inherit'] });
}

async function bareNode(): Promise<number> {
  const started = performance.now();
  await once(start(['-e', '0']), 'exit');
  return performance.now() - started;
}

async function firstReply(request: object, main = MAIN): Promise<number> {
  const started = performance.now();
  const child = start([main]);
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, ...request })}\n`);
  const [reply] = child.stdout ? await once(child.stdout, 'data') : [''];
  const took = performance.now() - started;
  if (!String(reply).includes('"result"')) throw new Error(`not a reply: ${String(reply).slice(0, 300)}`);
  child.stdin?.end();
  await once(child, 'exit');
  return took;
}

try {
  for (const [name, request] of Object.entries(FIRST_REQUESTS)) {
    for (let i = 0; i < 3; i++) await firstReply(request);
    if (checkout !== undefined) {
      const before = join(checkout, 'dist/main.js');
      for (let i = 0; i < 3; i++) await firstReply(request, before);
      const pairs = await inTurn(
        rounds,
        () => firstReply(request, before),
        () => firstReply(request),
      );
      tellTimes(name, pairs);
      continue;
    }
    const bare: number[] = [];
    const ours: number[] = [];
    for (let i = 0; i < rounds; i++) {
      bare.push(await bareNode());
      ours.push(await firstReply(request));
    }
    const ratio = median(ours) / median(bare);
    console.log(
      `${name}: ${median(ours).toFixed(1)} ms, bare node ${median(bare).toFixed(1)} ms, ratio ${ratio.toFixed(2)} (at most ${LIMIT})`,
    );
    if (ratio > LIMIT) process.exitCode = 1;
  }
} finally {
  rmSync(home, { recursive: true });
}
