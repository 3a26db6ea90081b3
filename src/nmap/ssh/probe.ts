/** What a scanner has: its nmap, what that may do there, and the command that would mend what is missing. */

import { parseAddress, parseNetwork } from '../../core/address.ts';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Privileges } from '../../policy/facts.ts';
import { INSTALL_COMMANDS, type NmapInstall, OLDEST_VERSION, olderThan } from '../machine/install.ts';
import { privilegesFrom, SETCAP_COMMAND } from '../machine/privileges.ts';
import { ask } from './ask.ts';
import type { SshConnection } from './connect.ts';
import { FOLDERS, MAKE_FOLDER } from './remote-shell.ts';
import type { ScannerRoute } from './scanner.ts';

export interface ScannerFacts {
  nmap: NmapInstall;
  privileges: Privileges;
  /** Below which a run gets a folder of its own. */
  folder: string;
  /** Network interfaces there, for zone ids. */
  interfaces: string[];
  /** Its addresses, with their prefix where it tells: `10.0.0.5/24`. */
  addresses: string[];
}

/** Constant, for the POSIX shell there; says `key=value` lines. What a scan will need is tried in the way it will be. */
const PROBE = [
  'exec 2>/dev/null </dev/null; echo "uid=$(id -u)";',
  'n=$(command -v "$1"); echo "path=$n";',
  'echo "os=$(sed -n -e "s/^ID=//p" -e "s/^ID_LIKE=//p" /etc/os-release | tr "\\n" " ")";',
  'if [ -n "$n" ]; then echo "version=$("$n" --version | head -n 1)"; echo "file=$(getcap "$n")"; fi;',
  'grep -E "^(Cap(Eff|Amb|Bnd)|NoNewPrivs):" /proc/self/status | sed "s/:[^0-9a-f]*/=/";',
  'p=$(dirname "$n"); for d in "$p" "$(dirname "$p")/share/nmap" /usr/local/share/nmap /usr/share/nmap /opt/homebrew/share/nmap; do',
  'if [ -r "$d/nmap-services" ]; then echo "data=$d"; break; fi; done;',
  'for i in $(ls /sys/class/net); do echo "interface=$i"; done;',
  'ip -o addr | sed -n "s/^.* inet6* \\([^ ]*\\) .*/address=\\1/p"; echo "reached=$SSH_CONNECTION";',
  'for i in cat kill rm sleep; do command -v $i >/dev/null || echo "missing=$i"; done;',
  `${MAKE_FOLDER} if [ -n "$d" ]; then cd /; rm -rf "$d"; echo "folder=\${d%/portolan-*}"; fi;`,
  // A list scan of one address sends nothing, and is a run of nmap with arguments as any other.
  'if [ "$2" = sudo ]; then w=$(sudo -n -- "$n" --noninteractive -n -sL 127.0.0.1 2>&1 >/dev/null) && echo sudo=yes;',
  'echo "refusal=$(echo "$w" | tail -n 1)"; fi',
].join(' ');

/** @throws PortolanError nmap_not_found, nmap_too_old, ssh_failed, needs_privileges when sudo is set and refused */
export async function probe(
  connection: SshConnection,
  route: ScannerRoute,
  timeoutMs: number,
): Promise<ScannerFacts> {
  const { name, sudo, nmapPath = 'nmap' } = route;
  const answer = await ask(connection, PROBE, [nmapPath, sudo ? 'sudo' : 'plain'], { timeoutMs, pty: sudo });
  const said = parse(answer.text);
  if (!answer.begun || said.get('uid') === undefined) throw noShell(name, answer.instead);
  const root = said.get('uid') === '0';
  const install = installCommand(said.get('os') ?? '', root);
  const version = /^Nmap version (\d+\.\d+\w*)/.exec(said.get('version') ?? '')?.[1];
  const path = said.get('path') ?? '';
  if (!path.startsWith('/') || version === undefined) {
    throw new PortolanError(
      'nmap_not_found',
      `nmap: command not found on scanner ${name}${nmapPath === 'nmap' ? '' : ` (nmapPath is ${nmapPath})`}.`,
      `Install it there: ${install}`,
    );
  }
  if (olderThan(version, OLDEST_VERSION)) {
    throw new PortolanError(
      'nmap_too_old',
      `nmap ${version} on scanner ${name} is too old.`,
      `Install a newer one there (${install}), or set nmapPath of the scanner to it.`,
      { limit: `nmap ${OLDEST_VERSION} or newer` },
    );
  }
  const folder = said.get('folder');
  const [missing] = said.all('missing');
  if (folder === undefined || missing !== undefined) throw noRoom(name, missing);
  return {
    nmap: { path: cleanField(path, 256), version, dataDirectory: said.get('data') ?? '' },
    folder: cleanField(folder, 256),
    privileges: privileges(said, route, root, path),
    interfaces: said.all('interface').filter((one) => /^[\w.@-]{1,15}$/.test(one)),
    addresses: addresses(said),
  };
}

/** Those of its interfaces but the loopback, and the one by which it was reached (sshd(8), SSH_CONNECTION). */
function addresses(said: Said): string[] {
  const [, , reached = ''] = (said.get('reached') ?? '').split(' ');
  const own = said.all('address').filter((one) => parseNetwork(one) && !/^(127\.|::1\/)/.test(one));
  const known = own.some((one) => one.split('/')[0] === reached) || parseAddress(reached) === undefined;
  return known ? own : [...own, reached];
}

/** The script database of the scanner's own nmap: its scripts are the ones that would run. */
export async function readScriptDatabase(
  connection: SshConnection,
  { nmap }: Pick<ScannerFacts, 'nmap'>,
  timeoutMs: number,
): Promise<string> {
  const file = `${nmap.dataDirectory}/scripts/script.db`;
  return (await ask(connection, 'exec cat -- "$1"', [file], { timeoutMs })).text;
}

function noShell(name: string, instead: string): PortolanError {
  return new PortolanError(
    'ssh_failed',
    `The account of scanner ${name} runs no commands of a POSIX shell${instead === '' ? '' : `; it said: ${instead}`}.`,
    'Give the account a shell such as /bin/sh that starts programs, without a forced command.',
  );
}

function noRoom(name: string, missing: string | undefined): PortolanError {
  return missing === undefined
    ? new PortolanError(
        'ssh_failed',
        `The account of scanner ${name} can make no folder for a run in any of ${FOLDERS}.`,
        'Let it write to one of them (mount options, quota), and have mkdir and mkfifo installed.',
      )
    : new PortolanError(
        'ssh_failed',
        `The program ${missing} is missing on scanner ${name}, or not in PATH.`,
        'Install the basic programs there (coreutils or BusyBox).',
      );
}

function privileges(said: Said, { name, sudo }: ScannerRoute, root: boolean, path: string): Privileges {
  const mask = (key: string) => BigInt(`0x${/^[0-9a-f]+$/.exec(said.get(key) ?? '')?.[0] ?? '0'}`);
  const linux = said.get('CapEff') !== undefined;
  const own = linux
    ? {
        effective: mask('CapEff'),
        ambient: mask('CapAmb'),
        bounding: mask('CapBnd'),
        noNewPrivileges: said.get('NoNewPrivs') === '1',
      }
    : undefined;
  if (sudo && !root) {
    if (said.get('sudo') === 'yes')
      return { raw: true, how: 'root', detail: `sudo -n nmap on scanner ${name}` };
    throw new PortolanError(
      'needs_privileges',
      `sudo -n nmap is not allowed to the account of scanner ${name} (${said.get('refusal') ?? 'sudo does not say why'}).`,
      `Allow it there with any arguments (visudo: ACCOUNT ALL=(root) NOPASSWD: ${cleanField(path, 256)}), or take sudo out of the scanner's settings.`,
    );
  }
  const found = privilegesFrom(root, own, said.get('file') ?? '');
  return {
    ...found,
    detail: found.raw
      ? `${found.detail} on scanner ${name}`
      : `${found.detail} on scanner ${name}; there: ${SETCAP_COMMAND} ${cleanField(path, 256)}`,
  };
}

function installCommand(os: string, root: boolean): string {
  const ids = os.replace(/["']/g, '').split(/\s+/);
  const command = ids.map((id) => INSTALL_COMMANDS[id]).find((one) => one !== undefined);
  if (command === undefined) return 'the package nmap, with the package manager of that system';
  return root ? command.replace('sudo ', '') : command;
}

interface Said {
  get(key: string): string | undefined;
  all(key: string): string[];
}

function parse(text: string): Said {
  const lines = text.split('\n').flatMap((line) => {
    const [, key, value] = /^(\w+)=(.{0,4096})$/.exec(line.trimEnd()) ?? [];
    return key === undefined || value === undefined ? [] : [{ key, value: cleanField(value) }];
  });
  return {
    get: (key) => lines.find((line) => line.key === key && line.value !== '')?.value,
    all: (key) => lines.filter((line) => line.key === key).map(({ value }) => value),
  };
}
