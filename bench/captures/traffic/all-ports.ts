/** Writes `nmap -sS -p-` of some hosts that reset what is closed: raw IP packets, 7.6 MB a host. */
import { ipv4 } from './addresses.ts';
import { type ScanLabel, Tally } from './labels.ts';
import { PacketWriter } from './packets.ts';
import { nmapMark, type Probe, synProbe } from './probes.ts';
import { Random } from './random.ts';

const BEGIN = Date.UTC(2026, 5, 1) * 1000;
/** Microseconds between two probes: 5,000 a second. */
const GAP = 200;
const PORTS = 65_535;
const OPEN = 5;

export function writeAllPorts(file: string, seed: number, hosts: number): ScanLabel[] {
  const packets = new PacketWriter(file, 'raw');
  const random = new Random(seed);
  const tally = new Tally();
  const from = ipv4(192, 0, 2, 10 + random.below(200));
  const sport = 33_000 + random.below(30_000);
  const targets = Array.from({ length: hosts }, (_, i) => ({
    to: ipv4(10, 70, 0, 1 + i),
    order: random.order(PORTS),
    open: new Set(Array.from({ length: OPEN }, () => 1 + random.below(PORTS))),
  }));
  let now = BEGIN;
  for (let i = 0; i < PORTS; i++) {
    for (const { to, order, open } of targets) {
      const port = 1 + (order[i] ?? 0);
      const probe: Probe = { from, to, port, sport, state: open.has(port) ? 'open' : 'closed' };
      tally.count(now, probe, synProbe(packets, now, probe, nmapMark(probe)));
      now += GAP;
    }
  }
  packets.close();
  return [tally.label({ technique: 'syn', pattern: hosts === 1 ? 'vertical' : 'block', tool: 'nmap' })];
}
