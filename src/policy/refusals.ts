/** What an option needs and does not have: a setting of the operator's, raw sockets, a smaller number, an interface. */
import { PortolanError } from '../core/errors.ts';
import type { ScanOption } from '../core/request.ts';
import type { FlagRow } from './allowed-options.ts';
import { rowOf } from './asked-options.ts';
import type { PolicyFacts, Privileges } from './facts.ts';
import type { PolicySettings } from './settings.ts';

/** `given` as the caller wrote them, `options` as they will be run. */
export function refusals(
  given: readonly ScanOption[],
  options: readonly ScanOption[],
  settings: PolicySettings,
  facts: PolicyFacts,
  privileges: Privileges,
): PortolanError[] {
  return [
    ...given.flatMap((option) => refuseRisk(rowOf(option), settings) ?? []),
    ...options.flatMap((option) => refusePrivileges(rowOf(option), privileges) ?? []),
    ...options.flatMap((option) => refuseSize(option, settings) ?? []),
    ...options.flatMap((option) => refuseInterface(option, facts) ?? []),
  ];
}

function refuseRisk(row: FlagRow, settings: PolicySettings): PortolanError | undefined {
  if (row.risk === 'evasion' && !settings.allowEvasion) {
    return new PortolanError(
      'needs_evasion',
      `${row.flag} hides or forges where probes come from.`,
      `Leave ${row.flag} out, or ask the operator to set security.allowEvasion.`,
    );
  }
  return undefined;
}

function refusePrivileges(row: FlagRow, privileges: Privileges): PortolanError | undefined {
  if (!row.raw || privileges.raw) return undefined;
  return new PortolanError(
    'needs_privileges',
    `${row.flag} needs raw sockets, and nmap has none here (${privileges.detail}).`,
    row.scans === 'tcp'
      ? 'Use -sT, which needs none, or run `portolan doctor` to see how to give nmap the privilege.'
      : `Leave ${row.flag} out, or run \`portolan doctor\` to see how to give nmap the privilege.`,
  );
}

function refuseSize({ flag, value }: ScanOption, settings: PolicySettings): PortolanError | undefined {
  if ((flag !== '--min-rate' && flag !== '--max-rate') || Number(value) <= settings.maxRate) return undefined;
  return new PortolanError(
    'option_not_allowed',
    `${flag} ${value} is too fast.`,
    `Ask for ${settings.maxRate} packets a second or fewer.`,
    { limit: `at most ${settings.maxRate} packets a second` },
  );
}

function refuseInterface({ flag, value = '' }: ScanOption, facts: PolicyFacts): PortolanError | undefined {
  if (flag !== '-e' || facts.interfaces().includes(value)) return undefined;
  return new PortolanError(
    'invalid_option',
    `There is no network interface ${value} here that is up and has an address.`,
    `Use one of: ${facts.interfaces().join(', ')}; or leave -e out.`,
  );
}
