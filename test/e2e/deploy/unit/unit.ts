/** What the shipped unit makes of a process: user, capabilities, system calls, address families. No systemd is needed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const UNIT = new URL('../../../../deploy/systemd/portolan.service', import.meta.url);
const CONFINE = fileURLToPath(new URL('confine.py', import.meta.url));
/** Of /usr/include/linux/socket.h; Node does not tell them. */
const FAMILIES: Record<string, number> = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
};
/** A user that has nothing. */
export const UNIT_USER = 10_001;

/** Every value of a directive, in the order of the file. */
export function directive(name: string): string[] {
  return readFileSync(UNIT, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

/** `@group` as its members, as this machine's systemd has them. */
function expand(word: string): string[] {
  if (!word.startsWith('@')) return [word];
  return execFileSync('/usr/bin/systemd-analyze', ['syscall-filter', word], { encoding: 'utf8' })
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(expand);
}

/** systemd.exec(5), SystemCallFilter=: the first line decides the kind of list, later ones add or, with ~, take away. */
function allowedCalls(): string[] {
  const calls = new Set(expand('@default'));
  for (const line of directive('SystemCallFilter')) {
    const takes = line.startsWith('~');
    for (const call of line.replace('~', '').split(' ').flatMap(expand)) {
      if (takes) calls.delete(call);
      else calls.add(call);
    }
  }
  return [...calls];
}

/** For confine.py. */
export function unitRules(): { calls: string[]; families: number[]; error: string } {
  const [error = 'EPERM'] = directive('SystemCallErrorNumber');
  if (!(error in constants.errno)) throw new Error(`${error} is no error`);
  const families = directive('RestrictAddressFamilies')
    .flatMap((line) => line.split(' '))
    .map((name) => FAMILIES[name])
    .filter((number) => number !== undefined);
  return { calls: allowedCalls(), families, error };
}

/** The command line that runs `words` as the unit does. @param rules a file with {@link unitRules}. */
export function underUnit(rules: string, ...words: string[]): [string, ...string[]] {
  const list = (name: string) => directive(name).flatMap((line) => line.toLowerCase().split(' '));
  const plus = (names: string[]) => ['-all', ...names.map((name) => name.replace('cap_', '+'))].join();
  const ambient = plus(list('AmbientCapabilities'));
  return [
    'setpriv',
    ...['--reuid', String(UNIT_USER), '--regid', String(UNIT_USER), '--clear-groups'],
    ...['--bounding-set', plus(list('CapabilityBoundingSet')), '--inh-caps', ambient],
    ...['--ambient-caps', ambient, '--no-new-privs', '--'],
    ...['/usr/bin/python3', CONFINE, rules, ...words],
  ];
}
