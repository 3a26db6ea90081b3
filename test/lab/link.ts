/** A link from another namespace to the scanner of a lab, which can be made slow and cut, as a link in the world is. */
import { processStartTicks } from '../../src/nmap/processes.ts';
import type { Lab } from './lab.ts';
import { command } from './network.ts';

/** The scanner as it is seen through the link. */
export const SCANNER_AT_LINK = '10.8.0.1';

export interface Link {
  /** The command line that runs a command at the far end of the link. */
  inside(argv: string[]): [string, ...string[]];
  /** Delays what goes either way, and lets no more through than `rate` (`tc` words, such as 256kbit). */
  slow(delayMs: number, rate: string): void;
  /** Nothing goes through any more, and nobody is told. */
  cut(): void;
  mend(): void;
  stop(): void;
}

const DEVICE = 'link0';

/** Stop it before its lab. What a killed run leaves is removed with the next lab. */
export function startLink(lab: Lab): Link {
  const scanner = lab.inside([])[3];
  if (scanner === undefined) throw new Error('the lab has no namespace');
  const far = `portolan-lab-${process.pid}-${processStartTicks(process.pid) ?? 0}-link`;
  command('ip', ['netns', 'add', far]);
  command('ip', ['-n', far, 'link', 'set', 'lo', 'up']);
  command('ip', ['-n', far, 'link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', DEVICE, 'netns', scanner]);
  for (const [namespace, address] of [
    [scanner, `${SCANNER_AT_LINK}/24`],
    [far, '10.8.0.2/24'],
  ] as const) {
    command('ip', ['-n', namespace, 'address', 'add', address, 'dev', DEVICE]);
    command('ip', ['-n', namespace, 'link', 'set', DEVICE, 'up']);
  }
  const shape = (...words: string[]) => {
    for (const namespace of [scanner, far]) {
      command('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', DEVICE, 'root', 'netem', ...words]);
    }
  };
  return {
    inside: (argv) => ['ip', 'netns', 'exec', far, ...argv],
    slow: (delayMs, rate) => shape('delay', `${delayMs}ms`, 'rate', rate),
    cut: () => shape('loss', '100%'),
    mend: () => shape('delay', '0ms'),
    stop: () => void command('ip', ['netns', 'delete', far]),
  };
}
