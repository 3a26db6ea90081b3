/** A link from another namespace to the scanner of a lab, which can be slow, and can be cut as a link in the world is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { processStartTicks } from '../../src/nmap/machine/processes.ts';
import type { Lab } from './lab.ts';
import { command } from './network.ts';

export interface Link {
  /** The scanner as it is seen through the link. */
  scanner: string;
  /** The command line that runs a command at the far end of the link. */
  inside(argv: string[]): [string, ...string[]];
  /** Nothing goes through any more, and nobody is told. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

let count = 0;

/**
 * Stop it before its lab. What a killed run leaves is removed with the next lab.
 * @param slow milliseconds from one end to the other and back, and the rate in the words of tc(8): `256kbit`
 */
export async function startLink(lab: Lab, slow?: { delayMs: number; rate: string }): Promise<Link> {
  const scanner = lab.inside([])[3];
  if (scanner === undefined) throw new Error('the lab has no namespace');
  const net = `10.8.${count}`;
  const [near, far] = [`link${count}n`, `link${count}f`];
  const away = `portolan-lab-${process.pid}-${processStartTicks(process.pid) ?? 0}-link${count}`;
  count += 1;
  command('ip', ['netns', 'add', away]);
  command('ip', ['-n', away, 'link', 'set', 'lo', 'up']);
  const relay = slow ? await startRelay(away, `${near} ${far} ${slow.delayMs} 0`) : undefined;
  if (relay) command('ip', ['-n', away, 'link', 'set', near, 'netns', scanner]);
  else
    command('ip', ['-n', away, 'link', 'add', far, 'type', 'veth', 'peer', 'name', near, 'netns', scanner]);
  for (const [namespace, device, address] of [
    [scanner, near, `${net}.1/24`],
    [away, far, `${net}.2/24`],
  ] as const) {
    command('ip', ['-n', namespace, 'address', 'add', address, 'dev', device]);
    command('ip', ['-n', namespace, 'link', 'set', device, 'up']);
    if (!slow) continue;
    const bucket = ['tbf', 'rate', slow.rate, 'burst', '4k', 'latency', '2s'];
    command('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', ...bucket]);
  }
  const nft = (text: string) => command('ip', ['netns', 'exec', away, 'nft', '-f', '-'], text);
  const mend = () => nft('table inet cut\ndelete table inet cut\n');
  return {
    scanner: `${net}.1`,
    inside: (argv) => ['ip', 'netns', 'exec', away, ...argv],
    cut: () => {
      mend();
      nft(
        [
          'table inet cut {',
          `  chain input { type filter hook input priority 0; iifname "${far}" drop; }`,
          `  chain output { type filter hook output priority 0; oifname "${far}" drop; }`,
          '}\n',
        ].join('\n'),
      );
    },
    mend: () => void mend(),
    async stop() {
      if (relay) {
        relay.stdin.end();
        await once(relay, 'exit');
      }
      command('ip', ['netns', 'delete', away]);
    },
  };
}

/** Holds both ends as TAP interfaces: netem, which would do without, is not in every kernel. */
async function startRelay(namespace: string, words: string) {
  const script = fileURLToPath(new URL('relay.pl', import.meta.url));
  const child = spawn('ip', ['netns', 'exec', namespace, 'perl', script, words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}
