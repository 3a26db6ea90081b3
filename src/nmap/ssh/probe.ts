/** What a scanner has: its nmap, what that may do there, and the command that would mend what is missing. */

import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import type { Privileges } from '../../policy/facts.ts';
import { INSTALL_COMMANDS, type NmapInstall, OLDEST_VERSION, olderThan } from '../install.ts';
import { privilegesFrom, SETCAP_COMMAND } from '../privileges.ts';
import type { SshConnection } from './connect.ts';
import { quoteWords } from './quote.ts';
import type { ScannerRoute } from './scanner.ts';

export interface ScannerFacts {
  nmap: NmapInstall;
  privileges: Privileges;
  /** Network interfaces there, for zone ids. */
  interfaces: string[];
}

/** Constant, for the POSIX shell there; says `key=value` lines. Stands in single quotes, like that of watchdog.ts. */
const PROBE = [
  'PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL;',
  'unset NMAPDIR NMAP_ARGS; cd /;',
  'echo "uid=$(id -u)";',
  'n=$(command -v "$1"); echo "path=$n";',
  'echo "os=$(sed -n -e "s/^ID=//p" -e "s/^ID_LIKE=//p" /etc/os-release | tr "\\n" " ")";',
  'if [ -n "$n" ]; then echo "version=$("$n" --version | head -n 1)"; echo "file=$(getcap "$n")"; fi;',
  'grep -E "^(Cap(Eff|Amb|Bnd)|NoNewPrivs):" /proc/self/status | sed "s/:[^0-9a-f]*/=/";',
  'p=$(dirname "$n"); for d in "$p" "$(dirname "$p")/share/nmap" /usr/local/share/nmap /usr/share/nmap /opt/homebrew/share/nmap; do',
  'if [ -r "$d/nmap-services" ]; then echo "data=$d"; break; fi; done;',
  'for i in $(ls /sys/class/net); do echo "interface=$i"; done;',
  'if [ "$2" = sudo ]; then if sudo -n -- "$n" --version >/dev/null; then echo sudo=yes; else echo sudo=no; fi; fi',
].join(' ');

const MAX_OUTPUT = 1024 * 1024;

/** @throws PortolanError nmap_not_found, nmap_too_old, ssh_failed, needs_privileges when sudo is set and refused */
export async function probe(
  connection: SshConnection,
  route: ScannerRoute,
  timeoutMs: number,
): Promise<ScannerFacts> {
  const { name, sudo, nmapPath = 'nmap' } = route;
  const words = quoteWords(['portolan', nmapPath, sudo ? 'sudo' : 'plain']);
  const said = parse(await ask(connection, `exec /bin/sh -c '${PROBE}' ${words}`, timeoutMs));
  if (said.get('uid') === undefined) {
    throw new PortolanError(
      'ssh_failed',
      `The account of scanner ${name} runs no commands of a POSIX shell.`,
      'Give the account /bin/sh as its shell, without a forced command.',
    );
  }
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
  return {
    nmap: { path: cleanField(path, 256), version, dataDirectory: said.get('data') ?? '' },
    privileges: privileges(said, route, root, path),
    interfaces: said.all('interface').filter((one) => /^[\w.@-]{1,15}$/.test(one)),
  };
}

/** The script database of the scanner's own nmap: its scripts are the ones that would run. */
export async function readScriptDatabase(
  connection: SshConnection,
  { nmap }: Pick<ScannerFacts, 'nmap'>,
  timeoutMs: number,
): Promise<string> {
  const file = `${nmap.dataDirectory}/scripts/script.db`;
  return await ask(connection, `exec cat -- ${quoteWords([file])}`, timeoutMs);
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
      `sudo -n nmap is not allowed to the account of scanner ${name}.`,
      `Allow it there (visudo: ACCOUNT ALL=(root) NOPASSWD: ${cleanField(path, 256)}), or take sudo out of the scanner's settings.`,
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

/** Standard output of a command that tells something and ends by itself. */
async function ask(connection: SshConnection, command: string, timeoutMs: number): Promise<string> {
  const channel = await connection.exec(command);
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => {
      channel.close();
      reject(
        new PortolanError(
          'ssh_failed',
          `A scanner did not say what it has (${why}).`,
          'Try again; `portolan doctor --scanner NAME` goes through every step.',
        ),
      );
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    channel
      .on('data', (bytes: Buffer) => {
        size += bytes.length;
        if (size > MAX_OUTPUT) fail('too long an answer');
        else chunks.push(bytes);
      })
      .on('error', () => {})
      .once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    channel.stderr.resume();
    channel.end();
    void connection.closed.then((why) => fail(why));
  });
  return Buffer.concat(chunks).toString('utf8');
}
