/** What nmap would have called a service, from the answers of several nmap that each sent some of its probes. */
import type { PortResult } from '../../core/result.ts';

/**
 * The word that one nmap with all probes would give; undefined when these cannot tell. `results` are in the order of its
 * probes, as it stops at the first that it recognises: nobody was answered, or all that were say the same. What only has
 * a kind (nmap's softmatch) decides which probes come next, and TLS begins all of them anew: neither can be told from
 * probes that ran apart, nor can an answer that no probe recognised.
 */
export function inOrder(results: readonly (PortResult | undefined)[]): PortResult | undefined {
  const asked = results.flatMap((result) => result ?? []);
  if (asked.length < results.length) return undefined;
  const said = asked.filter(
    (result) => result.method === 'probed' || result.details?.fingerprint !== undefined,
  );
  const [first] = said;
  if (first === undefined) return asked[0];
  if (first.product === undefined || first.tunnel !== undefined) return undefined;
  return said.every((other) => nameOf(other) === nameOf(first)) ? first : undefined;
}

function nameOf({ service, product, version, extra_info, tunnel, cpe, details = {} }: PortResult): string {
  const { hostname, os_type, device_type } = details;
  return JSON.stringify([service, product, version, extra_info, tunnel, cpe, hostname, os_type, device_type]);
}
