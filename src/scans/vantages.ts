/** Where a scan starts from: this machine, or a scanner reached over SSH. Each has its nmap, privileges and policy. */
import type { Reach } from '../core/details.ts';
import { PortolanError } from '../core/errors.ts';
import type { ScanRequest } from '../core/request.ts';
import type { NmapInstall } from '../nmap/machine/install.ts';
import type { Runner } from '../nmap/run/runner.ts';
import type { RemoteScanner } from '../nmap/ssh/scanners.ts';
import { type AllowedScan, createPolicy, type Policy } from '../policy/authorize.ts';
import type { Privileges } from '../policy/facts.ts';
import { narrowTo } from '../policy/narrow.ts';
import type { PolicySettings } from '../policy/settings.ts';

export interface Vantage {
  policy: Policy;
  nmap(): Promise<NmapInstall>;
  privileges(): Promise<Privileges>;
  runner: Runner;
  /** Its own addresses, as {@link Reach} has them: those it asks the scan's targets from, and those of its NAT. */
  sources(scan: AllowedScan): Promise<Readonly<Reach['sources']>>;
}

/** The one that a request names. @throws PortolanError scanner_not_found, invalid_config, interrupted */
export type FindVantage = (request: Pick<ScanRequest, 'scanner'>) => Promise<Vantage>;

/**
 * @param scope networks that this scanner may scan, of those that `security` allows; all of them when absent
 * @param seenAs addresses its packets come from where there is a NAT
 */
export function remoteVantage(
  scanner: RemoteScanner,
  security: () => PolicySettings,
  scope: readonly string[] | undefined,
  seenAs: readonly string[] = [],
): Vantage {
  const settings = () => (scope ? narrowTo(security(), scope) : security());
  const policy = createPolicy(settings, scanner.facts);
  return {
    policy: scope ? sayingScope(policy, scanner.name, scope) : policy,
    nmap: () => scanner.nmap(),
    privileges: () => scanner.privileges(),
    runner: scanner.runner,
    sources: async () => [...(await scanner.addresses()), ...seenAs],
  };
}

/** A refusal for the scope says which scope that was. */
function sayingScope(policy: Policy, name: string, scope: readonly string[]): Policy {
  const words = `scanner ${name} scans only ${scope.join(', ')}`;
  return {
    async assess(request) {
      const assessment = await policy.assess(request);
      const refusals = assessment.refusals.map((refusal) =>
        refusal.code === 'out_of_scope' ? { ...refusal, limit: words } : refusal,
      );
      return { ...assessment, refusals };
    },
    async authorize(request) {
      try {
        return await policy.authorize(request);
      } catch (error) {
        if (!(error instanceof PortolanError) || error.code !== 'out_of_scope') throw error;
        throw new PortolanError(error.code, error.message, error.next, { limit: words, cause: error });
      }
    },
  };
}
