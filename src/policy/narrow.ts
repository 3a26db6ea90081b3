/** A policy made narrower: what may be scanned from a machine that has a scope of its own. */
import { formatSpan, parseNetwork, type Span, subtract } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import type { PolicySettings } from './settings.ts';

const EVERYTHING: readonly Span[] = [
  { family: 4, first: 0n, last: (1n << 32n) - 1n },
  { family: 6, first: 0n, last: (1n << 128n) - 1n },
];

/** The same settings, with everything outside `networks` denied. Nothing that was refused becomes allowed. */
export function narrowTo(settings: PolicySettings, networks: readonly string[]): PolicySettings {
  const kept = networks.map((network) => {
    const span = parseNetwork(network);
    if (span) return span;
    throw new PortolanError(
      'invalid_config',
      `${JSON.stringify(network)} in the scope of a scanner is not an address or a CIDR network.`,
      'Write it as 192.0.2.7, 10.1.0.0/16 or fd00:1::/64.',
    );
  });
  const outside = EVERYTHING.flatMap((whole) => subtract(whole, kept)).flatMap(toNetworks);
  return { ...settings, deniedNetworks: [...settings.deniedNetworks, ...outside] };
}

/** As CIDR networks alone: formatSpan also writes a.b.c.d-e, which settings do not take. */
function toNetworks(span: Span): string[] {
  const words = formatSpan(span);
  if (words.every((word) => parseNetwork(word))) return words;
  const middle = span.first + (span.last - span.first) / 2n;
  return [...toNetworks({ ...span, last: middle }), ...toNetworks({ ...span, first: middle + 1n })];
}
