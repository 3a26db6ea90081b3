/** Programs that look at the path, over routers of which some are silent. */
import type { Situation } from './benign-situation.ts';

const TARGET = '20.9.9.9';
const HOPS = 6;

function onPath(name: string, about: string, commands: string[], more: Partial<Situation> = {}): Situation {
  return {
    name,
    about,
    innocent: 'one target, TTLs that count up, time exceeded from the routers.',
    services: [
      { proto: 'tcp', port: 80, kind: 'reply' },
      { proto: 'tcp', port: 443, kind: 'reply' },
    ],
    hops: HOPS,
    commands,
    takes: 180,
    ...more,
  };
}

export function mtr(
  how: '-u' | '-T' | '',
  cycles: number,
  tag: string,
  target = TARGET,
  fate: Situation['fate'] = {},
): Situation {
  return onPath(
    `benign-mtr-${tag}`,
    `mtr ${how || '(ICMP)'}, ${cycles} cycles.`,
    [`mtr -n -r ${how} -c ${cycles} -i 1 ${target}`],
    { fate },
  );
}

export function traceroutes(
  tag: string,
  flags: string[],
  targets: string[],
  fate: Situation['fate'] = {},
): Situation {
  return onPath(
    `benign-traceroute-${tag}`,
    `traceroute ${flags.map((flag) => flag || '(UDP)').join(', ')} to ${targets.length} target(s).`,
    targets.flatMap((target, n) =>
      flags.map((flag) => `sleep 0.${n}; traceroute -n -w 1 -m 20 ${flag} ${target}`),
    ),
    { fate },
  );
}

export function tracepath(tag: string, targets: string[]): Situation {
  return onPath(
    `benign-tracepath-${tag}`,
    `tracepath to ${targets.length} target(s).`,
    targets.map((target) => `tracepath -n ${target}`),
  );
}
