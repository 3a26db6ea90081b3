/** One scan inside a lab by a strategy, timed, with what it found; shared by the two benchmarks of strategies. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Politeness, Strategy } from '../src/core/request.ts';
import type { CoverageNote, HostResult, PortResult } from '../src/core/result.ts';
import type { ScanOutcome } from '../src/nmap/run/run.ts';
import type { Heard } from '../test/lab/in-lab.ts';
import type { Lab } from '../test/lab/lab.ts';

const IN_LAB = fileURLToPath(new URL('../test/lab/in-lab.ts', import.meta.url));

export interface Scanned {
  seconds: number;
  outcome: ScanOutcome;
  hosts: Map<string, HostResult>;
  notes: CoverageNote[];
}

export interface ScanJob {
  command: string;
  strategy: Strategy;
  politeness?: Politeness;
  unprivileged?: boolean;
}

/** Runs it in a process of its own, as a server would; the seconds are those of the scan, without that start. */
export async function scanIn(lab: Lab, job: ScanJob, timeoutMs = 900_000): Promise<Scanned> {
  const folder = await mkdtemp(join(tmpdir(), 'portolan-bench-'));
  try {
    const argv = [process.execPath, IN_LAB, JSON.stringify({ ...job, directory: join(folder, 'run') })];
    const { stdout, stderr } = await lab.run(argv, { timeoutMs });
    const heard = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Heard);
    const { outcome, seconds = 0 } = heard.find((item) => item.event === 'outcome') ?? {};
    if (outcome?.end !== 'completed') {
      throw new Error(
        `the ${job.strategy} scan did not complete: ${JSON.stringify(outcome?.error)} ${outcome?.warnings.join(' ')} ${stderr}`,
      );
    }
    const hosts = heard.flatMap((item) => (item.event === 'host' ? [item.host] : []));
    return {
      seconds,
      outcome,
      hosts: new Map(hosts.map((host) => [host.address, host])),
      notes: outcome.coverage,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `address port` of every open port. */
export function openPorts({ hosts }: Scanned): Set<string> {
  return new Set(
    [...hosts.values()].flatMap((host) => open(host).map(({ port }) => `${host.address} ${port}`)),
  );
}

/** `address port` with what was identified there. */
export function identifications({ hosts }: Scanned): Map<string, string> {
  return new Map(
    [...hosts.values()].flatMap((host) =>
      open(host).map((found): [string, string] => [
        `${host.address} ${found.port}`,
        [found.service, found.product, found.version, found.extra_info, found.tunnel, found.method]
          .map((word) => word ?? '-')
          .join(' | '),
      ]),
    ),
  );
}

/** How many ports of a host are in each state, open ones apart. */
export function otherStates({ hosts }: Scanned, address: string): Map<string, number> {
  const { ports = [], other_ports = [] } = hosts.get(address) ?? {};
  const counts = new Map<string, number>();
  const add = (state: string, count: number) => counts.set(state, (counts.get(state) ?? 0) + count);
  for (const { state } of ports) if (state !== 'open') add(state, 1);
  for (const { state, count } of other_ports) add(state, count);
  return counts;
}

function open({ ports }: HostResult): PortResult[] {
  return ports.filter(({ state }) => state === 'open');
}

export const missing = (from: ReadonlySet<string>, inside: ReadonlySet<string>) =>
  [...from].filter((one) => !inside.has(one));
