/** A report as the engine gives it, for the code that shows reports. */
import type { AnswerGroup, CaptureReport, Suspect } from '../../../src/captures/findings.ts';

const none: AnswerGroup = { count: 0, targets: [] };

export function suspect(more: Partial<Suspect> = {}): Suspect {
  return {
    ip: '10.1.0.66',
    kind: 'vertical',
    pattern: 'vertical',
    technique: 'syn',
    role: 'scanner',
    distinct_ports: 100,
    distinct_hosts: 1,
    rate_pps: 100,
    windows: [
      {
        seconds: 1,
        start: 1_790_000_000,
        endpoints: 100,
        distinct_ports: 100,
        distinct_hosts: 1,
        rate_pps: 100,
      },
    ],
    slow: false,
    flags_seen: ['SYN'],
    tool: { name: 'nmap', why: 'window 1024, MSS only' },
    targets: [{ ip: '10.1.0.10', probes: 100, ports_hit: 100 }],
    ports: '1-100',
    first_seen: 1_790_000_000,
    last_seen: 1_790_000_001,
    probes: 100,
    answers: {
      open: { count: 2, targets: [{ ip: '10.1.0.10', ports: '22,80' }] },
      closed: { count: 98, targets: [{ ip: '10.1.0.10', ports: '1-21,23-79,81-100' }] },
      filtered: none,
      unfiltered: none,
      silent: none,
      alive: ['10.1.0.10'],
    },
    endpoints: 100,
    confidence: 0.98,
    reasons: ['98 of 100 endpoints failed'],
    packets: [241, 242, 243],
    first_probe: {
      ts: 1_790_000_000,
      src: '10.1.0.66',
      dst: '10.1.0.10',
      port: 1,
      flags: 'SYN',
      packet: 241,
      technique: 'syn',
    },
    ...more,
  };
}

export function report(more: Partial<CaptureReport> = {}): CaptureReport {
  const suspects = more.suspects ?? [suspect()];
  return {
    format: 'pcap',
    compression: 'none',
    packets: 440,
    bytes: 30_000,
    first_ts: 1_789_999_990,
    last_ts: 1_790_000_020.5,
    link_types: [{ link_type: 1, name: 'EN10MB', packets: 440, read: true }],
    unread_packets: 0,
    faint: [],
    background: { sources: 0, probes: 0, tools: {}, listed: [] },
    known_scanners: [],
    first_event: suspects[0]?.first_probe ?? null,
    overview: {
      scanners: [
        {
          ip: '10.1.0.66',
          pkts: 102,
          probes: 100,
          distinct_ports: 100,
          distinct_hosts: 1,
          flag_stats: { SYN: 100 },
        },
      ],
      targets: [{ ip: '10.1.0.10', pkts: 100, ports_hit: 100 }],
      port_distribution: [{ port: 22, hits: 1 }],
      suspected_patterns: ['syn_scan'],
      timeline: { start: 1_790_000_000, bin_seconds: 1, probes: [100] },
    },
    ...more,
    suspects,
  };
}
