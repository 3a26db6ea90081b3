/**
 * A capture as a look of the inventory: hosts that answered a scanner are up, and what they answered from is open. Traffic
 * proves nothing absent, so only that is told.
 */
import { createHash } from 'node:crypto';
import type { Look, PortSighting, Sighting } from '../core/look.ts';
import { portSet } from '../core/port-set.ts';
import type { Protocol } from '../core/result.ts';
import type { CaptureReport, Suspect } from './findings.ts';

/**
 * @param file how the capture is called, for people
 * @returns undefined when nobody answered a scan in it, or when it has no times
 */
export function lookOfCapture(report: CaptureReport, file: string, site: string): Look | undefined {
  const { first_ts, last_ts } = report;
  if (first_ts === null || last_ts === null) return undefined;
  const hosts = new Map<string, Host>();
  for (const suspect of report.suspects) {
    const protocol = protocolOf(suspect);
    const at = Math.round((suspect.last_seen ?? last_ts) * 1000);
    for (const { ip, ports } of protocol === undefined ? [] : suspect.answers.open.targets) {
      const host = hosts.get(ip) ?? hostAt(ip, at);
      host.at = Math.max(host.at, at);
      for (const port of portSet(ports)) {
        if (
          protocol !== undefined &&
          !host.ports.some((one) => one.port === port && one.protocol === protocol)
        )
          host.ports.push({ port, protocol, word: 'open', reason: 'traffic' });
      }
      hosts.set(ip, host);
    }
    for (const ip of suspect.answers.alive) hosts.set(ip, hosts.get(ip) ?? hostAt(ip, at));
  }
  if (hosts.size === 0) return undefined;
  const look: Omit<Look, 'hash'> = {
    kind: 'capture',
    site,
    vantage: `capture:${file}`,
    startedAt: Math.round(first_ts * 1000),
    endedAt: Math.round(last_ts * 1000),
    completeness: 'positives',
    coverage: [],
    gaps: [],
    sightings: [...hosts.values()],
  };
  return { ...look, hash: createHash('sha256').update(JSON.stringify(look)).digest('hex') };
}

type Host = Sighting & { ports: PortSighting[] };

const hostAt = (address: string, at: number): Host => ({
  at,
  address,
  said: 'queried',
  marks: [],
  ports: [],
  counted: [],
  facts: [],
});

/** Undefined where an answer says nothing of a port: sweeps, IP protocols. */
export function protocolOf({
  technique,
  flags_seen,
}: Pick<Suspect, 'technique' | 'flags_seen'>): Protocol | undefined {
  if (technique === 'udp') return 'udp';
  if (technique.startsWith('sctp')) return 'sctp';
  return flags_seen.length > 0 ? 'tcp' : undefined;
}
