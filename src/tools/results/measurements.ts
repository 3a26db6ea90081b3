/** What nmap measured of a host besides its ports, in lines to read. */
import type { Trace } from '../../core/details.ts';
import type { HostResult } from '../../core/result.ts';

export function measurementLines({ trace, uptime, details = {} }: HostResult): string[] {
  const { tcp_sequence: sequence, ip_id_sequence: ids } = details;
  return [
    ...(trace ? [traceLine(trace)] : []),
    ...(uptime
      ? [`Uptime guess: ${inWords(uptime.seconds)}${uptime.last_boot ? ` (since ${uptime.last_boot})` : ''}`]
      : []),
    ...(sequence ? [`TCP sequence prediction: difficulty ${sequence.index} (${sequence.difficulty})`] : []),
    ...(ids ? [`IP ID sequence: ${ids.class}`] : []),
  ];
}

/** `Traceroute (tcp/80): 10.0.0.1 (gate) 0.31 ms, *, 10.0.2.7 1.20 ms`; a star for a hop that did not answer. */
function traceLine({ protocol, port, hops }: Trace): string {
  const by = [protocol, port].filter((part) => part !== undefined).join('/');
  const words: string[] = [];
  for (const { ttl, address = '*', name, rtt_ms } of hops) {
    // A silent hop is not listed.
    while (words.length < Math.min(ttl, 256) - 1) words.push('*');
    const time = rtt_ms === undefined ? '' : ` ${rtt_ms.toFixed(2)} ms`;
    words.push(`${address}${name ? ` (${name})` : ''}${time}`);
  }
  return `Traceroute${by === '' ? '' : ` (${by})`}: ${words.join(', ')}`;
}

const UNITS = [
  { name: 'day', seconds: 86_400 },
  { name: 'hour', seconds: 3600 },
  { name: 'minute', seconds: 60 },
] as const;

function inWords(seconds: number): string {
  const unit = UNITS.find((one) => seconds >= one.seconds) ?? { name: 'second', seconds: 1 };
  const count = Math.round(seconds / unit.seconds);
  return `${count} ${unit.name}${count === 1 ? '' : 's'}`;
}
