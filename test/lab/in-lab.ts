/**
 * Runs one scan, by any strategy, wherever it is started, and writes what it hears as JSON lines:
 * `ip netns exec NAME node test/lab/in-lab.ts '{"command":"-p 22 10.9.0.10","directory":"/tmp/..."}'`
 * SIGTERM stops the scan.
 */

import type { Politeness, Strategy } from '../../src/core/request.ts';
import type { HostResult, Progress } from '../../src/core/result.ts';
import { findNmap } from '../../src/nmap/machine/install.ts';
import { privilegesOf } from '../../src/nmap/machine/privileges.ts';
import type { ScanOutcome } from '../../src/nmap/run/run.ts';
import { createBudget, runScan } from '../../src/nmap/strategy/index.ts';
import { createPolicy } from '../../src/policy/authorize.ts';
import { parseCommand } from '../../src/policy/command.ts';
import { localFacts } from '../../src/policy/facts.ts';
import { DEFAULT_POLICY } from '../defaults.ts';

export interface Job {
  command: string;
  /** Private folder of the run. */
  directory: string;
  taskId?: string;
  strategy?: Strategy;
  politeness?: Politeness;
  /** Scan as somebody without raw sockets. */
  unprivileged?: boolean;
}

export type Heard =
  | { event: 'started'; pid: number; startTicks?: number; argv: string[] }
  | { event: 'host'; host: HostResult }
  | { event: 'open'; address: string; port: number; protocol: string }
  | { event: 'progress'; progress: Progress }
  /** With the seconds that the whole took. */
  | { event: 'outcome'; outcome: ScanOutcome; seconds: number };

const UNPRIVILEGED = { raw: false, how: 'unprivileged', detail: 'as asked' } as const;

async function main({
  command,
  directory,
  taskId = 'in-lab',
  unprivileged = false,
  ...how
}: Job): Promise<void> {
  const say = (heard: Heard) => process.stdout.write(`${JSON.stringify(heard)}\n`);
  const nmap = await findNmap();
  const facts = localFacts({
    dataDirectory: async () => nmap.dataDirectory,
    privileges: async () => (unprivileged ? UNPRIVILEGED : await privilegesOf(nmap)),
  });
  const policy = createPolicy(() => DEFAULT_POLICY, facts);
  const scan = await policy.authorize({ tool: 'custom_scan', ...parseCommand(command), ...how });
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  const startedAt = performance.now();
  const outcome = await runScan(scan, {
    budget: createBudget(),
    nmap,
    directory,
    taskId,
    signal: stopping.signal,
    on: {
      started: (run) => say({ event: 'started', ...run }),
      host: (host) => say({ event: 'host', host }),
      openPort: (found) => say({ event: 'open', ...found }),
      progress: (progress) => say({ event: 'progress', progress }),
    },
  });
  say({ event: 'outcome', outcome, seconds: (performance.now() - startedAt) / 1000 });
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as Job);
