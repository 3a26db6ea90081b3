/** Runs a case's lines in its lab while tcpdump writes what its taps see. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanCase } from './case.ts';
import { type Lab, portOf } from './lab.ts';

const SNAP = '128';

interface Tap {
  space: string;
  args: string[];
}

function tapsOf(one: ScanCase, lab: Lab): Tap[] {
  const port = portOf(one.site);
  switch (one.taps ?? 'host') {
    case 'host':
      return [{ space: lab.asked, args: ['-i', port] }];
    case 'any':
      return [{ space: lab.middle, args: ['-i', 'any'] }];
    case 'both':
      // Before and after translation, or the same frames at both ends of a wire.
      return one.site.between === 'router'
        ? ['in0', 'out0'].map((name) => ({ space: lab.middle, args: ['-i', name] }))
        : [
            { space: lab.asking, args: ['-i', 'scan0'] },
            { space: lab.asked, args: ['-i', port] },
          ];
    case 'incoming':
      return [{ space: lab.asked, args: ['-i', port, '-Q', 'in'] }];
    case 'directions':
      return ['in', 'out'].map((way) => ({ space: lab.asked, args: ['-i', port, '-Q', way] }));
  }
}

/** Runs a line in a namespace to its end, whatever comes of it. */
export async function run(space: string, line: string): Promise<void> {
  const child = spawn('ip', ['netns', 'exec', space, 'timeout', '600', 'bash', '-c', line], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
}

/** Captures while the lines run; gives one file for each tap. */
export async function capture(
  one: ScanCase,
  lab: Lab,
  lines: string[],
  folder: string,
  part: string,
): Promise<string[]> {
  const taps = tapsOf(one, lab);
  const files = taps.map((_, i) => path.join(folder, `${part}-${i}.pcap`));
  const dumps = taps.map(({ space, args }, i) =>
    spawn(
      'ip',
      [
        ...['netns', 'exec', space, 'tcpdump', '--immediate-mode', ...args, '-U', '-B', '8192', '-s', SNAP],
        ...['-w', files[i] ?? '', '-Z', 'root'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    ),
  );
  await Promise.all(dumps.map((dump) => once(dump.stderr, 'data')));
  await sleep(300);
  const beside: Promise<void>[] = [];
  for (const line of lines) {
    const [, where = '', text = ''] = /^(there: |beside: )?(.*)$/s.exec(line) ?? [];
    const done = run(where === '' ? lab.asking : lab.asked, text);
    if (where === 'beside: ') beside.push(done);
    else await done;
  }
  await Promise.all(beside);
  await sleep(600);
  for (const dump of dumps) {
    dump.kill('SIGINT');
    await once(dump, 'exit');
  }
  return files;
}
