/** How grave an event is: what its kind is by itself, shifted by where it happened. */
import { type Asset, SEVERITIES, type Severity } from '../../core/asset.ts';
import { type ChangeKind, kindOf } from './kinds.ts';

/** Remote control without a password worth the name, file shares, databases, and what should never face a network. */
const RISKY: readonly (readonly [number, number])[] = [
  [21, 21],
  [23, 23],
  [69, 69],
  [139, 139],
  [161, 161],
  [445, 445],
  [623, 623],
  [1433, 1433],
  [1521, 1521],
  [2049, 2049],
  [2375, 2376],
  [2379, 2379],
  [3306, 3306],
  [3389, 3389],
  [4786, 4786],
  [5432, 5432],
  [5900, 5906],
  [5985, 5985],
  [6000, 6063],
  [6274, 6274],
  [6379, 6379],
  [8291, 8291],
  [9200, 9200],
  [10250, 10250],
  [11211, 11211],
  [11434, 11434],
  [27017, 27017],
];

export const isRisky = (port: number): boolean =>
  RISKY.some(([first, last]) => first <= port && port <= last);

/** What a baseline says of a port or a service of an asset. */
export interface Expectation {
  effect: 'allow' | 'require' | 'forbid';
  /** True when what happened is as the baseline or a window has it (rule R17). */
  met: boolean;
}

export function severityOf(
  kind: ChangeKind,
  asset: Pick<Asset, 'class' | 'criticality' | 'static'> | undefined,
  port: number | undefined,
  expectation: Expectation | undefined,
): Severity {
  if (expectation?.met) return 'info';
  const { severity, exposes, sort } = kindOf(kind);
  let level = SEVERITIES.indexOf(severity);
  if (kind === 'address.changed' && asset?.static) level = SEVERITIES.indexOf('medium');
  if (kind === 'host.missing' && asset?.class === 'always_on') level = SEVERITIES.indexOf('high');
  if ((kind === 'port.closed' || kind === 'port.unreachable') && expectation?.effect === 'require')
    level = SEVERITIES.indexOf('medium');
  else if (expectation) level += 1;
  if (exposes && port !== undefined && isRisky(port)) level += 1;
  if (asset?.criticality === 'high' && sort !== 'note') level += 1;
  if (asset?.class === 'ephemeral') level -= 1;
  return SEVERITIES[Math.min(Math.max(level, 0), SEVERITIES.length - 1)] ?? 'info';
}
