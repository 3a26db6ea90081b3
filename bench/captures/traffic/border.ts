/**
 * Writes what a site's border sees: ordinary sessions over IPv4 and IPv6, thirteen labelled scans, a SYN flood of
 * 200,000 forged sources and backscatter to 50,000 addresses; the same bytes for the same arguments. It has as many
 * distinct endpoints as real traffic, so an analysis has to hold them. Answers are written behind their questions:
 * times step back by up to 3 ms here and there, as in captures of two taps.
 *
 *   node bench/captures/traffic/border.ts FILE [SEED] [SECONDS] [SESSIONS_PER_SECOND] > labels.json
 *
 * 600 seconds with 122 sessions a second make 360 MB, 1800 seconds 1.08 GB. A scan that does not begin within the
 * time is left out; the last begins after 740 seconds, flood and backscatter after 800 and 900.
 */
import { pathToFileURL } from 'node:url';
import type { Labels } from './labels.ts';
import { backscatter, synFlood } from './noise.ts';
import { PacketWriter } from './packets.ts';
import { Random } from './random.ts';
import { EmbeddedScan, scanPlans } from './scans.ts';
import { Schedule } from './schedule.ts';
import { ordinaryTraffic } from './sessions.ts';

export interface BorderTraffic {
  seed: number;
  seconds: number;
  sessionsPerSecond: number;
}

/** 2026-06-01 00:00 UTC, in microseconds. */
const BEGIN = Date.UTC(2026, 5, 1) * 1000;

/** @param quiet only the ordinary sessions. */
export function writeBorderCapture(file: string, traffic: BorderTraffic, quiet = false): Labels {
  const { seed, seconds, sessionsPerSecond } = traffic;
  const packets = new PacketWriter(file);
  const random = new Random(seed);
  const schedule = new Schedule();
  const sessions = ordinaryTraffic(schedule, packets, random, BEGIN, sessionsPerSecond);
  const plans = quiet ? [] : scanPlans(packets, random, seconds);
  const scans = plans.map((plan) => new EmbeddedScan(plan, BEGIN));
  const noise = quiet ? [] : [synFlood(packets, random, BEGIN), backscatter(packets, random, BEGIN)];
  for (const actor of [...scans, ...noise]) schedule.add(actor.begin, actor);
  schedule.run(BEGIN + seconds * 1e6);
  packets.close();
  return {
    file,
    arguments: { ...traffic },
    packets: packets.packets,
    bytes: packets.bytes,
    benign_tcp_sessions: sessions.count,
    scans: scans.flatMap(({ label }) => label ?? []),
    noise: noise.map(({ label }) => label).filter((label) => label.packets > 0),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file = 'border.pcap', seed = '1', seconds = '600', rate = '122'] = process.argv.slice(2);
  const traffic = { seed: Number(seed), seconds: Number(seconds), sessionsPerSecond: Number(rate) };
  console.log(JSON.stringify(writeBorderCapture(file, traffic), undefined, 1));
}
