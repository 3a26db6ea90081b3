/**
 * Whether a scan takes longer with the inventory than without: the same scan of 127.0.1.0/24, a hundred ports of each
 * address, by a server that remembers and by one that does not, in turn. What is made of a scan afterwards is waited for
 * and not counted; nor is the recheck, which is switched off.
 *
 * The times of one nmap to the next differ more than what is looked for. So a first scan is recorded, and what stands in
 * nmap's place takes as long and says the same each time; `--nmap` has nmap itself scan, as before.
 *
 *   node bench/inventory-scan.bench.ts [--nmap] [pairs=30]
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createApp } from '../src/app/app.ts';
import { defaultConfig } from '../src/config/load.ts';
import { LOCAL_CALLER } from '../src/core/caller.ts';
import { createLogger } from '../src/observe/log.ts';
import { openStore } from '../src/store/open.ts';
import { inTurn, median, timesOf } from './side-by-side.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { nmap: { type: 'boolean', default: false } },
});
const PAIRS = Number(positionals[0] ?? 30);
const MOST_TIMES = 1.02;
/** Ports that some of the addresses offer. */
const OFFERED = [20_022, 20_080, 20_443];
const COMMAND = '-sT -Pn -n -T4 --max-retries 1 -p 20001-20099,20443 127.0.1.0/24';

const home = mkdtempSync(join(tmpdir(), 'portolan-bench-'));
const RECORD = join(home, 'record.xml');

/**
 * In nmap's place: keeps the report of the first scan that is asked of it, and from then on gives that one, a second after
 * it was asked. Everything else (its version, its features) it leaves to nmap.
 */
function recordingNmap(): string {
  const file = join(home, 'nmap');
  const script = `#!/bin/sh
case "$*" in
*127.0.1.0/24*)
  if [ -s ${RECORD} ]; then sleep 1; exec cat ${RECORD}; fi
  nmap "$@" > ${RECORD}.part && mv ${RECORD}.part ${RECORD} && exec cat ${RECORD};;
*) exec nmap "$@";;
esac
`;
  writeFileSync(file, script, { mode: 0o755 });
  return file;
}
const nmapPath = values.nmap ? undefined : recordingNmap();

async function serverOf(name: string, enabled: boolean) {
  const config = defaultConfig();
  const database = join(home, `${name}.db`);
  config.scans.database = database;
  config.rateLimit.scansPerMinute = 0;
  config.rateLimit.readsPerMinute = 0;
  config.inventory.enabled = enabled;
  config.inventory.recheckSeconds = 0;
  if (nmapPath !== undefined) config.scans.nmapPath = nmapPath;
  const app = createApp(config, { log: createLogger({ level: 'silent', format: 'text' }), adopts: true });
  const store = await openStore(database);
  let scans = 0;
  return {
    async scan(): Promise<number> {
      const start = performance.now();
      const outcome = await app.call('custom_scan', { command: COMMAND }, LOCAL_CALLER);
      const taken = performance.now() - start;
      if (!outcome.ok) throw new Error(outcome.text);
      scans += 1;
      await remembered();
      return taken;
    },
    hosts: async () =>
      (await store.assets.page({ limit: 1000 })).filter(({ openPorts }) => openPorts > 0).length,
    async close() {
      await store.close();
      await app.close();
    },
  };

  /** Until the scan before is folded: the next one, of the other server, has the machine to itself. */
  async function remembered(): Promise<void> {
    for (const until = Date.now() + 60_000; enabled; await sleep(20)) {
      const folded = await store.looks.list({ state: 'folded', limit: scans + 1 });
      if (folded.length >= scans) return;
      if (Date.now() > until) throw new Error(`${folded.length} of ${scans} scans are in the inventory`);
    }
  }
}

/** Two of the ports at every fifth address. */
async function listen(): Promise<Server[]> {
  const servers: Server[] = [];
  for (let host = 1; host < 255; host += 5)
    for (const [at, port] of OFFERED.entries())
      if ((host + at) % 3 !== 0) {
        const server = createServer((socket) => socket.destroy());
        await new Promise<void>((resolve) => server.listen(port, `127.0.1.${host}`, resolve));
        servers.push(server);
      }
  return servers;
}

const offered = await listen();
const [without, remembering] = [await serverOf('without', false), await serverOf('with', true)];
try {
  if (!values.nmap) await without.scan();
  if (!values.nmap && !existsSync(RECORD)) throw new Error('no scan was recorded');
  const pairs = await inTurn(PAIRS, without.scan, remembering.scan);
  const [a, b] = [median(pairs.map((pair) => pair.a)), median(pairs.map((pair) => pair.b))];
  const { median: middle, low, high } = timesOf(pairs);
  console.log(
    `hosts with open ports in the inventory: ${await remembering.hosts()}, without: ${await without.hosts()}`,
  );
  console.log(
    `scan (${values.nmap ? 'nmap' : 'recorded'}) without the inventory ${a.toFixed(0)} ms, with it ${b.toFixed(0)} ms (medians of ${PAIRS})`,
  );
  console.log(
    `ratio ${middle.toFixed(4)}, 95 % interval ${low.toFixed(4)} to ${high.toFixed(4)} (at most ${MOST_TIMES})`,
  );
  if (high > MOST_TIMES) process.exitCode = 1;
} finally {
  await without.close();
  await remembering.close();
  for (const server of offered) server.close();
  rmSync(home, { recursive: true, force: true });
}
