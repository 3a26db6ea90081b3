/** Runs an allowed scan by the strategy its request names. */
import { join } from 'node:path';
import type { AllowedScan } from '../../policy/authorize.ts';
import { canBePhased } from '../command/phase.ts';
import { withoutRoute } from '../coverage/missing-routes.ts';
import { nothingSent, Unsent } from '../coverage/unsent.ts';
import { PHASE_PREFIX } from '../recovery/phase-log.ts';
import { Losses, runResuming } from '../recovery/reconnect.ts';
import { AskedNames, keepNames, SpokenByAddress } from '../run/asked-names.ts';
import { AGAIN_PREFIX } from '../run/files.ts';
import type { RunOptions, ScanOutcome } from '../run/run.ts';
import { localRunner } from '../run/start-scanner.ts';
import { runAdaptive } from './adaptive.ts';
import { Afterwards } from './afterwards.ts';
import { type Budget, createBudget } from './budget.ts';
import { PortsUnnamed } from './read-phase.ts';

/**
 * Runs the scan and tells its hosts with the names that were asked for.
 * @throws as {@link runNmap}
 */
export async function runScan(
  scan: AllowedScan,
  options: RunOptions & { budget: Budget },
): Promise<ScanOutcome> {
  if (scan.names.length === 0) return await runReachable(scan, options);
  await keepNames(options.directory, scan.names);
  const names = new AskedNames(scan.names);
  const spoken = new SpokenByAddress(scan);
  const { on } = options;
  const host: typeof on.host = (found) => {
    const named = names.on(found);
    spoken.host(named);
    on.host(named);
  };
  const outcome = await runReachable(scan, { ...options, on: { ...on, host } });
  return { ...outcome, coverage: [...outcome.coverage, ...spoken.notes()] };
}

/**
 * Runs the scan for those of its addresses that this machine has a way to; nmap says nothing of the others in a connect
 * scan, and counts them as no host in any other. What cannot be reached is told in the coverage; when that is
 * everything, the scan fails with `no_route`.
 */
async function runReachable(
  scan: AllowedScan,
  options: RunOptions & { budget: Budget },
): Promise<ScanOutcome> {
  const { local } = options.runner ?? localRunner;
  const unsent = new Unsent();
  if (local) for (const [address, cause] of await withoutRoute(scan)) unsent.skip(address, cause);
  if (unsent.addresses === 0) return await byStrategy(scan, options);
  const notes = unsent.notes(local);
  const reachable = scan.without(new Set(unsent.list()));
  if (!reachable)
    return {
      end: 'failed',
      elapsedSeconds: 0,
      coverage: notes,
      unsent,
      warnings: [],
      error: nothingSent(local),
    };
  const outcome = await byStrategy(reachable, options);
  if (outcome.unsent) unsent.add(outcome.unsent);
  return { ...outcome, unsent, coverage: [...notes, ...outcome.coverage] };
}

/**
 * As runNmap, with the strategy of the request. What cannot be scanned in phases (other protocols, scripts, options
 * that a phase has no words for) is scanned plain, and the coverage says so.
 * `budget` is shared by all scans of the process, so that together they stay under the ceilings.
 */
async function byStrategy(
  scan: AllowedScan,
  { budget, ...options }: RunOptions & { budget: Budget },
): Promise<ScanOutcome> {
  const { local } = options.runner ?? localRunner;
  if (scan.request.strategy !== 'adaptive') return await nmapAlone(options.directory);
  if (!canBePhased(scan)) {
    return await plain('its options are not those of a TCP scan that can be run in phases');
  }
  try {
    return await runAdaptive(scan, { ...options, budget });
  } catch (error) {
    if (!(error instanceof PortsUnnamed)) throw error;
    const folder = join(options.directory, `${PHASE_PREFIX}plain`);
    return await plain('the installed nmap does not name the ports it counts (7.90 does)', folder);
  }

  async function plain(why: string, directory = options.directory): Promise<ScanOutcome> {
    const outcome = await nmapAlone(directory);
    const note = { kind: 'strategy' as const, message: `Scanned plain instead of adaptive: ${why}.` };
    return { ...outcome, coverage: [note, ...outcome.coverage] };
  }

  async function nmapAlone(directory: string): Promise<ScanOutcome> {
    let tries = 0;
    const afterwards = new Afterwards(scan, local);
    const host: typeof options.on.host = (found) => {
      afterwards.host(found);
      options.on.host(found);
    };
    const told = { ...options, on: { ...options.on, host } };
    const { outcome } = await runResuming(scan, told, new Losses(), () => {
      tries += 1;
      return tries === 1 ? directory : join(directory, `${AGAIN_PREFIX}${String(tries).padStart(2, '0')}`);
    });
    return await afterwards.check(outcome, { ...options, directory, budget });
  }
}

export { createBudget };
