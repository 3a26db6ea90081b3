/** Every kind of event, how grave it is by itself, and whether it is a change at all. */
import type { Severity } from '../../core/asset.ts';

interface Kind {
  severity: Severity;
  /**
   * `change`: something is other than it was; taking it back undoes it. `state`: it is so until it ends (flapping, a blind
   * vantage). `note`: knowledge that nobody needs to settle.
   */
  sort: 'change' | 'state' | 'note';
  /** Something can be reached that could not be, or otherwise: graver on a risky port. */
  exposes?: true;
}

export const KINDS = {
  'baseline.recorded': { severity: 'info', sort: 'note' },
  'port.opened': { severity: 'medium', sort: 'change', exposes: true },
  'port.closed': { severity: 'info', sort: 'change' },
  'port.unreachable': { severity: 'info', sort: 'change' },
  'port.discovered': { severity: 'info', sort: 'note', exposes: true },
  'filtering.changed': { severity: 'info', sort: 'note' },
  'host.new': { severity: 'low', sort: 'change' },
  'host.replaced': { severity: 'medium', sort: 'change' },
  'host.missing': { severity: 'low', sort: 'change' },
  'host.returned': { severity: 'info', sort: 'change' },
  'host.accepts_everything': { severity: 'low', sort: 'state' },
  'host.many_ports': { severity: 'medium', sort: 'state' },
  'hosts.ephemeral': { severity: 'info', sort: 'note' },
  'vantage.degraded': { severity: 'medium', sort: 'state' },
  'coverage.overdue': { severity: 'medium', sort: 'state' },
  'middlebox.answers': { severity: 'low', sort: 'state' },
  'address.changed': { severity: 'info', sort: 'change' },
  'name.changed': { severity: 'info', sort: 'change' },
  'mac.changed': { severity: 'low', sort: 'change' },
  'hostkey.changed': { severity: 'high', sort: 'change' },
  'os.changed': { severity: 'low', sort: 'change' },
  'service.version': { severity: 'info', sort: 'change' },
  'service.changed': { severity: 'low', sort: 'change', exposes: true },
  'service.variants': { severity: 'info', sort: 'note' },
  'cert.changed': { severity: 'medium', sort: 'change' },
  'cert.renewed': { severity: 'info', sort: 'note' },
  'cert.expiring': { severity: 'low', sort: 'state' },
  'cert.expired': { severity: 'high', sort: 'state' },
  'flapping.started': { severity: 'low', sort: 'state' },
} as const satisfies Record<string, Kind>;

export type ChangeKind = keyof typeof KINDS;

export const kindOf = (kind: ChangeKind): Kind => KINDS[kind];

/** What of a port or an asset a kind is about: kinds of one subject take each other back. */
const SUBJECTS: Partial<Record<ChangeKind, string>> = {
  'flapping.started': 'flapping',
  'service.version': 'service',
  'service.changed': 'service',
  'service.variants': 'variants',
  'cert.changed': 'cert',
  'cert.renewed': 'cert',
  'cert.expiring': 'cert-end',
  'cert.expired': 'cert-end',
  'hostkey.changed': 'hostkey',
};

export const subjectOf = (kind: ChangeKind): string => SUBJECTS[kind] ?? 'port';
