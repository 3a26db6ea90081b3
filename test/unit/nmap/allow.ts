import { findNmap } from '../../../src/nmap/machine/install.ts';
import { privilegesOf } from '../../../src/nmap/machine/privileges.ts';
import { type AllowedScan, createPolicy } from '../../../src/policy/authorize.ts';
import { parseCommand } from '../../../src/policy/command.ts';
import { localFacts } from '../../../src/policy/facts.ts';
import { DEFAULT_POLICY } from '../../defaults.ts';

/** What the real policy makes of a command. Loopback only, as everything in these tests. */
export async function allow(command: string): Promise<AllowedScan> {
  const nmap = await findNmap();
  const facts = localFacts({
    dataDirectory: async () => nmap.dataDirectory,
    privileges: () => privilegesOf(nmap),
  });
  const parsed = parseCommand(command);
  if (!parsed.targets.every((target) => target.startsWith('127.') || target === '::1')) {
    throw new Error(`unit tests scan loopback alone, not ${parsed.targets.join(' ')}`);
  }
  return createPolicy(() => DEFAULT_POLICY, facts).authorize({ tool: 'custom_scan', ...parsed });
}
