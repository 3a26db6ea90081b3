/** Rule R16: what happens to many ports of a host, or to many hosts of a network, in one look is told once. */
import type { Thresholds } from '../thresholds.ts';
import type { Finding } from './findings.ts';

/** A finding as it is told: alone, or as the sum of others. */
export interface Told {
  finding: Finding;
  parts: readonly Finding[];
}

const PORT_KINDS: ReadonlySet<string> = new Set([
  'port.opened',
  'port.closed',
  'port.unreachable',
  'port.discovered',
]);
const SAMPLE = 10;

export function sumUp(
  findings: readonly Finding[],
  of: {
    /** The network of an asset's address. */
    network: (asset: string) => string;
    /** How many hosts of a network there are. */
    hosts: (network: string) => number;
    /** What to call an asset in a sample. */
    name: (asset: string) => string;
  },
  limits: Thresholds,
): Told[] {
  const rest = new Set(findings);
  const told: Told[] = [];
  const sum = (finding: Finding, parts: readonly Finding[]) => {
    for (const part of parts) rest.delete(part);
    told.push({ finding, parts });
  };
  const ports = findings.filter(({ kind, asset }) => asset !== undefined && PORT_KINDS.has(kind));
  for (const [asset, parts] of Map.groupBy(ports, (finding) => finding.asset ?? '')) {
    const [first] = parts;
    if (!first || parts.length <= limits.stormPorts) continue;
    const { address, vantage, at } = first;
    sum(
      {
        kind: 'host.many_ports',
        rule: 'R16',
        at,
        asset,
        subject: 'many_ports',
        ...(address === undefined ? {} : { address }),
        ...(vantage === undefined ? {} : { vantage }),
        after: counted(parts),
        count: parts.length,
        sample: parts.slice(0, SAMPLE).map(({ protocol, port }) => `${protocol}/${port}`),
      },
      parts,
    );
  }
  const single = [...rest].filter(({ asset }) => asset !== undefined);
  const alike = (finding: Finding) =>
    JSON.stringify([of.network(finding.asset ?? ''), finding.kind, ...detail(finding)]);
  for (const parts of Map.groupBy(single, alike).values()) {
    const [first] = parts;
    const assets = [...new Set(parts.flatMap(({ asset }) => asset ?? []))];
    const network = of.network(first?.asset ?? '');
    if (!first || assets.length < limits.stormHosts || assets.length <= limits.stormShare * of.hosts(network))
      continue;
    const { asset: _, address: __, ...common } = first;
    sum(
      {
        ...common,
        rule: 'R16',
        network,
        subject: `${first.kind} ${detail(first).join(' ')}`.trim(),
        count: assets.length,
        sample: assets.slice(0, SAMPLE).map(of.name),
      },
      parts,
    );
  }
  return [...[...rest].map((finding) => ({ finding, parts: [] })), ...told];
}

/** What findings of many hosts must share to be one thing that happened. */
function detail({ kind, protocol, port, after }: Finding): string[] {
  if (PORT_KINDS.has(kind)) return [`${protocol}/${port}`];
  return kind.startsWith('service.') ? [after ?? ''] : [];
}

function counted(parts: readonly Finding[]): string {
  const kinds = Map.groupBy(parts, ({ kind }) => kind);
  return [...kinds].map(([kind, all]) => `${all.length} ${kind}`).join(', ');
}
