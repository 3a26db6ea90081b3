/**
 * Small captures made to go wrong (not part of this repository), and what is right for each: what who made them says
 * in the README beside them, counted once more with tshark.
 */

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { analyzeCapture, type CaptureReport, type Suspect } from '../../src/captures/analysis.ts';
import { SHARED } from '../../test/captures/support.ts';
import { DEFAULT_DETECTION } from '../../test/defaults.ts';

const TRIALS = path.join(SHARED, 'trials');
const KINDS = {
  miss: 'a scan that is easily missed',
  wrong: 'a scan whose counts, technique or times come out wrong easily',
  'false-alarm': 'nobody scans',
  undecoded: 'a scan below another encapsulation',
};
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

/** What one finding must say. */
interface Finding {
  technique?: string | RegExp;
  pattern?: string;
  distinct_ports?: number;
  distinct_hosts?: number;
  probes?: number;
  open?: number;
}

const SWEEP_445: Finding[] = [{ technique: /^(syn|connect)$/, pattern: 'horizontal', distinct_hosts: 51 }];
const RIGHT: Record<string, Finding[]> = {
  'miss/nmap_sU_tftp_answers': [{ technique: 'udp', distinct_ports: 123 }],
  'miss/udp_one_early_packet': [{ technique: 'udp', distinct_ports: 200 }],
  'miss/browse52_then_445_sweep': SWEEP_445,
  'miss/control_445_sweep_without_browsing': SWEEP_445,
  'miss/nmap_sT_all_ports_open': [{ technique: 'connect', distinct_ports: 70, open: 70 }],
  'miss/arp_slow3': [{ technique: 'arp-sweep', distinct_hosts: 99 }],
  'miss/nmap_top14': [{ technique: 'syn', distinct_ports: 14 }],
  'miss/sweep_PE': [{ technique: 'icmp-echo-sweep', distinct_hosts: 51 }],
  'miss/synack': [{ pattern: 'vertical' }],
  'miss/v4_one_port_each': [{ pattern: 'distributed' }],
  'wrong/visit_then_syn': [{ technique: 'syn', distinct_ports: 82, open: 3 }],
  'wrong/arp_slow1': [{ technique: 'arp-sweep', distinct_hosts: 253 }],
  // Two open ports do not answer FIN and Xmas, and are asked once more.
  'wrong/fin_syn_xmas': [
    { technique: 'fin', distinct_ports: 81, probes: 83 },
    { technique: 'syn', distinct_ports: 81, probes: 81, open: 2 },
    { technique: 'xmas', distinct_ports: 81, probes: 83 },
  ],
};
/** The same scan below every encapsulation. */
const UNDECODED: Finding[] = [{ technique: 'syn', distinct_ports: 60, open: 2 }];

export interface TrialScore {
  kind: string;
  what: string;
  right: number;
  of: number;
  /** What is wrong, `name: what was said`. */
  wrong: string[];
}

/** Absent where the captures are. */
export async function scoreTrials(): Promise<TrialScore[] | undefined> {
  if (!existsSync(TRIALS)) return undefined;
  const scores: TrialScore[] = [];
  for (const kind of kinds) {
    const score: TrialScore = { kind, what: KINDS[kind], right: 0, of: 0, wrong: [] };
    for (const file of readdirSync(path.join(TRIALS, kind)).sort()) {
      const report = await analyzeCapture(
        { kind: 'path', path: path.join(TRIALS, kind, file) },
        DEFAULT_DETECTION,
      );
      const name = path.parse(file).name;
      score.of++;
      if (isRight(kind, name, report)) score.right++;
      else score.wrong.push(`${name} (${report.suspects.slice(0, 3).map(said).join('; ') || 'nothing'})`);
    }
    scores.push(score);
  }
  return scores;
}

function isRight(kind: Kind, name: string, { suspects }: CaptureReport): boolean {
  if (kind === 'false-alarm') return suspects.length === 0;
  if (name === 'campaigns') return suspects.reduce((sum, one) => sum + campaigns(one), 0) === 3;
  const findings = kind === 'undecoded' ? UNDECODED : RIGHT[`${kind}/${name}`];
  if (findings === undefined) throw new Error(`trials.ts does not say what is right for ${kind}/${name}`);
  return findings.every((finding) => suspects.some((suspect) => says(suspect, finding)));
}

function says(suspect: Suspect, { technique, open, ...rest }: Finding): boolean {
  if (typeof technique === 'string' && suspect.technique !== technique) return false;
  if (technique instanceof RegExp && !technique.test(suspect.technique)) return false;
  if (open !== undefined && suspect.answers.open.count !== open) return false;
  const { pattern, distinct_ports, distinct_hosts, probes } = { ...suspect, ...rest };
  return (
    suspect.pattern === pattern &&
    suspect.distinct_ports === distinct_ports &&
    suspect.distinct_hosts === distinct_hosts &&
    suspect.probes === probes
  );
}

/** Hours apart: told as findings of their own, or listed in one. */
const campaigns = (suspect: Suspect): number =>
  'campaigns' in suspect && Array.isArray(suspect.campaigns) ? suspect.campaigns.length : 1;

const said = ({ technique, pattern, distinct_ports, distinct_hosts, probes, answers }: Suspect): string =>
  `${technique} ${pattern}, ${distinct_ports} ports of ${distinct_hosts} hosts, ${probes} probes, ${answers.open.count} open`;
