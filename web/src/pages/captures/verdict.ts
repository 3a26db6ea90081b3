/** Who a scanner is to us, and the scan that asks what it was answered. */
import type { Answer } from '../../api/call.ts';
import type { ScanSearch } from '../new-scan/view.ts';

export type Suspect = Answer<'list_suspects'>['suspects'][number];

/** `ours`: a scan of ours; `asset`: a host of ours; `member`: a part of others' scan. */
export type Verdict = 'ours' | 'asset' | 'stranger';

export function verdictOf({ our_task: task, our_asset: asset }: Suspect): Verdict {
  if (task !== undefined) return 'ours';
  return asset === undefined ? 'stranger' : 'asset';
}

/** Hosts that a verification asks at most. */
const MOST_HOSTS = 64;

/**
 * The form of a scan that asks the ports from which somebody was answered, and no others.
 * @returns undefined when nobody answered
 */
export function verification({ answers, technique, flags_seen: flags }: Suspect): ScanSearch | undefined {
  const targets = answers.open.targets.slice(0, MOST_HOSTS);
  if (targets.length === 0) return undefined;
  const how =
    technique === 'udp' ? '-sU' : technique.startsWith('sctp') ? '-sY' : flags.length > 0 ? '' : undefined;
  if (how === undefined) return undefined;
  const ports = [...new Set(targets.flatMap((target) => target.ports.split(',')))].join(',');
  const six = targets.some(({ ip }) => ip.includes(':')) ? '-6' : '';
  const words = [six, how, '-Pn -n -p', ports, ...targets.map(({ ip }) => ip)];
  return { command: words.filter((word) => word !== '').join(' ') };
}
