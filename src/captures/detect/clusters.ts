/**
 * From the endpoints a source probed with one technique to scans: which of them belong together, and in what shape.
 * Clients that are busy elsewhere still show, because a target or a port can qualify by itself.
 */
import { KEY, TARGET } from '../evidence/pairs.ts';
import type { Pattern, Technique } from '../findings.ts';
import type { DetectionSettings } from '../settings.ts';
import { byPort, byTarget, distinct, groupBy, members } from './group.ts';
import { type Evidence, failed, worked } from './techniques.ts';

export interface Cluster {
  pattern: Pattern;
  slots: Int32Array;
}

/** Ports on one host that make it more than part of a horizontal scan. */
const GRID_PORTS = 5;
/** Up to this many ports a scan of many hosts is called horizontal. */
const FEW_PORTS = 4;

/** The scans in this evidence; none when it does not suffice. */
export function clusters(words: Int32Array, evidence: Evidence, settings: DetectionSettings): Cluster[] {
  const { slots, minimum, weighed, technique } = evidence;
  const enough = (some: Int32Array) => {
    let failures = 0;
    let successes = 0;
    for (const slot of some) {
      if (failed(words, slot)) failures++;
      else if (worked(words, slot)) successes++;
    }
    if (!weighed) return some.length >= minimum;
    return failures >= minimum && failures >= successes * settings.failedPerSuccess;
  };
  const targets = groupBy(slots, byTarget(words));
  const ports = groupBy(slots, byPort(words));
  const whole = enough(slots) && !scattered(technique, slots.length, targets.count, ports.count);
  if (whole) return shape(words, slots, minimum);
  const chosen = new Set<number>();
  for (let g = 0; g < targets.count; g++) {
    const some = members(targets, g);
    if (some.length >= minimum && enough(some)) for (const slot of some) chosen.add(slot);
  }
  for (let g = 0; g < ports.count; g++) {
    const some = members(ports, g);
    // A port of a peer-to-peer network fails on many hosts too, but only as one of many ports.
    const main = !fansOut(technique) || some.length * 2 >= slots.length;
    if (some.length >= minimum && main && enough(some)) for (const slot of some) chosen.add(slot);
  }
  if (chosen.size === 0) return [];
  return shape(
    words,
    slots.filter((slot) => chosen.has(slot)),
    minimum,
  );
}

/** Techniques that ordinary programs also use to look for many peers. */
function fansOut(technique: Technique): boolean {
  return technique === 'connect' || technique === 'udp';
}

/** Many hosts with about one port each, and many different ports: what a peer-to-peer client does. */
function scattered(technique: Technique, endpoints: number, targets: number, ports: number): boolean {
  return fansOut(technique) && targets > 3 && ports > FEW_PORTS && endpoints < targets * ports * 0.5;
}

function shape(words: Int32Array, slots: Int32Array, minimum: number): Cluster[] {
  const target = byTarget(words);
  const targetCount = distinct(slots, target);
  const portCount = distinct(slots, byPort(words));
  if (targetCount === 1) return [{ pattern: 'vertical', slots }];
  if (portCount <= FEW_PORTS && targetCount > portCount) return [{ pattern: 'horizontal', slots }];
  const perTarget = groupBy(slots, target);
  const grid = new Set<number>();
  for (let g = 0; g < perTarget.count; g++) {
    const some = members(perTarget, g);
    if (some.length >= GRID_PORTS) grid.add(words[(some[0] ?? 0) + TARGET] ?? 0);
  }
  const found: Cluster[] = [];
  const onGrid = slots.filter((slot) => grid.has(words[slot + TARGET] ?? 0));
  if (onGrid.length > 0) {
    // The same ports on several hosts make a block; different ports on each are several vertical scans.
    const gridPorts = distinct(onGrid, byPort(words));
    const shared = onGrid.length / gridPorts >= Math.max(1.5, grid.size * 0.4);
    found.push({ pattern: grid.size > 1 && shared ? 'block' : 'vertical', slots: onGrid });
  }
  const rest = slots.filter((slot) => !grid.has(words[slot + TARGET] ?? 0));
  if (rest.length === 0) return found;
  const perPort = groupBy(rest, (slot) => (words[slot + KEY] ?? 0) & 0xffff);
  const wide: number[] = [];
  const thin: number[] = [];
  for (let g = 0; g < perPort.count; g++) {
    const some = members(perPort, g);
    for (const slot of some) (some.length >= minimum ? wide : thin).push(slot);
  }
  if (wide.length > 0) {
    const horizontal = Int32Array.from(wide);
    const few = distinct(horizontal, byPort(words)) <= FEW_PORTS;
    found.push({ pattern: few ? 'horizontal' : 'block', slots: horizontal });
  }
  // Endpoints drawn at random from a large block: no host and no port shows often.
  if (found.length === 0) found.push({ pattern: 'block', slots: Int32Array.from(thin) });
  return found;
}
