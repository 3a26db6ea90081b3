/**
 * The gentle check: what some hosts were silent to is asked slowly, with open ports among it. It shows what a fast sweep
 * lost, who limits his answers, and, by the open ports that say nothing, when even this is too fast.
 */
import { type PortSet, sorted } from '../../core/port-set.ts';
import { LEAST_SAMPLES, sample, sumOf, type Tally, wasTooFast } from './certainty.ts';
import {
  foundAgain,
  type HostFindings,
  type HostSeen,
  hasSilent,
  isSilence,
  openOf,
  silentOf,
} from './findings.ts';
import { SLOW } from './politeness.ts';

/** So many silent ports of a host are asked: a sample, or all there are. */
export const GENTLE_PORTS = 1000;
/** Packets a second to each host. Without a floor a firewall that drops takes minutes. */
const RATE = 500;
const SPAN = 1.5;
const PASSES = 2;
/** Known open ports of all hosts that are asked along; fewer say too little to ask many hosts at once. */
const SENTINELS = 200;
const FEW_SENTINELS = 10;
/** From this share of answers where there was silence on, a host limits its answers. */
const LIMITED_SHARE = 0.02;

type Sweep = (
  hosts: readonly HostFindings[],
  ports: PortSet,
  pace: { floor: number; rate: number; retries: number },
) => Promise<HostSeen[]>;

/**
 * @param most packets a second
 * @param sweep asks, and takes the answers into the findings
 * @returns `failed`: hosts of which nothing is sure, as a port is open only now, or open ports were not heard of again;
 *   `limited`: of the others, those that limit their answers, which is noted in their findings; `agreed`: the rest
 */
export async function askGently(
  trusted: readonly HostFindings[],
  most: number,
  sweep: Sweep,
): Promise<{ failed: HostFindings[]; limited: HostFindings[]; agreed: HostFindings[] }> {
  // The last silent port may have answered in a check.
  const hosts = trusted.filter(hasSilent);
  const before = hosts.map((host) => ({
    host,
    silent: new Set(host.silent()),
    open: [...host.open.keys()],
    tally: { asked: 0, found: 0 },
  }));
  const all = before.every(({ silent }) => silent.size <= GENTLE_PORTS);
  const chosen = all ? silentOf(hosts) : sample(silentOf(hosts), GENTLE_PORTS);
  const sentinels = new Set(sample(openOf(hosts), SENTINELS));
  const vouched = sentinels.size < FEW_SENTINELS ? SLOW.host : SLOW.all;
  const floor = Math.min(RATE * hosts.length, vouched, most);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const still = new Set(silentOf(hosts));
    const wanted = sorted([...chosen.filter((port) => still.has(port)), ...sentinels]);
    if (wanted.length === 0) break;
    const seen = await sweep(hosts, wanted, { floor, rate: Math.min(floor * SPAN, most), retries: 0 });
    for (const { host, open, tally } of before) {
      const asked = open.filter((port) => sentinels.has(port));
      tally.asked += asked.length;
      tally.found += foundAgain(host, asked, seen);
    }
  }
  const tallies = before.map(({ tally }) => tally);
  const failed: HostFindings[] = [];
  for (const { host, silent, open, tally } of before) {
    const asked = chosen.filter((port) => silent.has(port));
    const answered = asked.filter((port) => !isSilence(host.answers.get(port)));
    host.limited = answered.length > asked.length * LIMITED_SHARE;
    if (wasTooFast(judgedBy(tally, tallies)) || host.open.size > open.length) failed.push(host);
  }
  const passed = hosts.filter((host) => !failed.includes(host));
  return {
    failed,
    limited: passed.filter((host) => host.limited),
    agreed: passed.filter((host) => !host.limited),
  };
}

/** A host with few open ports is judged by all such hosts, and these by all there are: they are on the same way. */
function judgedBy(own: Tally, all: readonly Tally[]): Tally {
  const enough = ({ asked }: Tally) => asked >= LEAST_SAMPLES;
  const poor = sumOf(all.filter((tally) => !enough(tally)));
  return [own, poor].find(enough) ?? sumOf(all);
}
