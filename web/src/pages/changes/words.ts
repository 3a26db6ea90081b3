/** Kinds of changes in the reader's language. */
import * as text from '../../texts/messages.js';

const WORDS: Readonly<Record<string, () => string>> = {
  'baseline.recorded': text.kind_baseline_recorded,
  'port.opened': text.kind_port_opened,
  'port.closed': text.kind_port_closed,
  'port.unreachable': text.kind_port_unreachable,
  'port.discovered': text.kind_port_discovered,
  'filtering.changed': text.kind_filtering_changed,
  'host.new': text.kind_host_new,
  'host.replaced': text.kind_host_replaced,
  'host.missing': text.kind_host_missing,
  'host.returned': text.kind_host_returned,
  'host.accepts_everything': text.kind_host_accepts_everything,
  'host.many_ports': text.kind_host_many_ports,
  'hosts.ephemeral': text.kind_hosts_ephemeral,
  'vantage.degraded': text.kind_vantage_degraded,
  'coverage.overdue': text.kind_coverage_overdue,
  'middlebox.answers': text.kind_middlebox_answers,
  'address.changed': text.kind_address_changed,
  'name.changed': text.kind_name_changed,
  'mac.changed': text.kind_mac_changed,
  'hostkey.changed': text.kind_hostkey_changed,
  'os.changed': text.kind_os_changed,
  'service.version': text.kind_service_version,
  'service.changed': text.kind_service_changed,
  'service.variants': text.kind_service_variants,
  'cert.changed': text.kind_cert_changed,
  'cert.renewed': text.kind_cert_renewed,
  'cert.expiring': text.kind_cert_expiring,
  'cert.expired': text.kind_cert_expired,
  'flapping.started': text.kind_flapping_started,
};

/** A kind that this page does not know yet is told by its name. */
export function wordsOf(kind: string): string {
  return WORDS[kind]?.() ?? kind;
}
