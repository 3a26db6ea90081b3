/** Scanning from this machine: nmap here, the policy, command tools. Loaded when somebody first scans. */
import type { Config } from '../config/schema.ts';
import { createNmapFinder } from '../nmap/machine/install.ts';
import { launcher } from '../nmap/machine/limits-and-leash.ts';
import { privilegesOf } from '../nmap/machine/privileges.ts';
import { sourceAddresses } from '../nmap/machine/source-addresses.ts';
import { createLocalRunner } from '../nmap/run/start-scanner.ts';
import { createTargetPolicy } from '../policy/allowed-target.ts';
import { createPolicy } from '../policy/authorize.ts';
import { localFacts, type PolicyFacts } from '../policy/facts.ts';
import { type CommandService, createCommandService } from '../scans/commands.ts';
import type { Vantage } from '../scans/vantages.ts';

export interface Local {
  vantage: Vantage;
  facts: PolicyFacts;
  commands: CommandService;
  /** Finds out what stands before each program; the next start of one finds it known. */
  launcher(): Promise<unknown>;
}

/** `config` is read anew for every scan. */
export function createLocal(config: Config): Local {
  const nmap = createNmapFinder(() => config.scans.nmapPath);
  const privileges = async () => privilegesOf(await nmap());
  const facts = localFacts({ dataDirectory: async () => (await nmap()).dataDirectory, privileges });
  const limits = () => ({
    cpuSeconds: config.scans.maxCpuSeconds,
    memoryMb: config.scans.maxMemoryMb,
    openFiles: config.scans.maxOpenFiles,
  });
  const policy = createPolicy(() => config.security, facts);
  return {
    vantage: {
      policy,
      nmap,
      privileges,
      runner: createLocalRunner(limits),
      sources: async (scan) => [...(await sourceAddresses(scan)), ...config.scans.seenAs],
    },
    facts,
    launcher: () => launcher(limits()),
    commands: createCommandService({
      targets: createTargetPolicy(() => config.security, facts),
      policy,
      nmap,
      settings: () => config.tools,
      limits,
    }),
  };
}
