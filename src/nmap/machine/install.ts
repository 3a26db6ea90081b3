/** Which nmap is installed here, and where its data files are. */
import { access, readFile, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { ask, findExecutable, SYSTEM_PATH } from './ask-program.ts';
import { checkOpenFiles, exhausted } from './open-files.ts';

export interface NmapInstall {
  /** Absolute path of the executable. */
  path: string;
  /** As nmap says it: `7.93`. */
  version: string;
  /** Holds `nmap-services` and `scripts/script.db`; given to every scan, so that what was read is what is used. */
  dataDirectory: string;
}

/** The oldest nmap whose options and XML Portolan knows. */
export const OLDEST_VERSION = '7.80';

/**
 * Finds nmap: at `setting` when that is a path, else by that name (default `nmap`) in PATH and the system's folders.
 * @throws PortolanError nmap_not_found, nmap_too_old
 */
export async function findNmap(setting = 'nmap'): Promise<NmapInstall> {
  const path = await findExecutable(setting, [process.env.PATH, SYSTEM_PATH].filter(Boolean).join(delimiter));
  if (path === undefined) throw await notFound(setting);
  checkOpenFiles();
  const { stdout, fault } = await ask(path, ['--version']);
  const none = exhausted(fault, 'nmap could not be asked for its version');
  if (none) throw none;
  const version = /^Nmap version (\d+\.\d+\w*)/m.exec(stdout)?.[1];
  if (version === undefined) {
    throw new PortolanError(
      'nmap_not_found',
      `${cleanField(path, 256)} does not answer --version as nmap does.`,
      `Set scans.nmapPath to nmap itself, or install it: ${await installCommand()}`,
    );
  }
  if (olderThan(version, OLDEST_VERSION)) {
    throw new PortolanError(
      'nmap_too_old',
      `nmap ${version} at ${cleanField(path, 256)} is too old.`,
      `Install a newer one (${await installCommand()}), or set scans.nmapPath to it.`,
      { limit: `nmap ${OLDEST_VERSION} or newer` },
    );
  }
  return { path, version, dataDirectory: await findDataDirectory(path) };
}

/** {@link findNmap}, remembered once it has succeeded: a missing nmap may be installed while we run. */
export function createNmapFinder(setting: () => string | undefined): () => Promise<NmapInstall> {
  let known: { setting: string | undefined; install: NmapInstall } | undefined;
  return async () => {
    const wanted = setting();
    if (known === undefined || known.setting !== wanted || !(await exists(known.install.path))) {
      known = undefined;
      known = { setting: wanted, install: await findNmap(wanted) };
    }
    return known.install;
  };
}

/** The command that installs nmap on this system. */
export async function installCommand(): Promise<string> {
  if (process.platform === 'darwin') return 'brew install nmap';
  if (process.platform === 'win32') return 'winget install Insecure.Nmap';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, id = '']) => id.split(' '));
  for (const id of ids) {
    const command = INSTALL_COMMANDS[id];
    // A root shell, above all in a container, often has no sudo.
    if (command) return process.geteuid?.() === 0 ? command.replace('sudo ', '') : command;
  }
  return 'install the package nmap with the package manager of this system';
}

/** By the ID of /etc/os-release. */
export const INSTALL_COMMANDS: Readonly<Record<string, string>> = {
  debian: 'sudo apt-get install nmap',
  ubuntu: 'sudo apt-get install nmap',
  fedora: 'sudo dnf install nmap',
  rhel: 'sudo dnf install nmap',
  centos: 'sudo dnf install nmap',
  amzn: 'sudo dnf install nmap',
  alpine: 'sudo apk add nmap nmap-scripts',
  arch: 'sudo pacman -S nmap',
  suse: 'sudo zypper install nmap',
  opensuse: 'sudo zypper install nmap',
  nixos: 'nix-env -iA nixos.nmap',
  void: 'sudo xbps-install nmap',
  gentoo: 'sudo emerge net-analyzer/nmap',
};

async function notFound(setting: string): Promise<PortolanError> {
  const where = setting === 'nmap' ? '' : ` (scans.nmapPath is ${cleanField(setting, 256)})`;
  return new PortolanError(
    'nmap_not_found',
    `nmap: command not found${where}`,
    `Install it: ${await installCommand()}`,
  );
}

/** nmap's own order (nmap_fetchfile in nmap.cc): NMAPDIR, beside the executable, its share folder, the usual places. */
async function findDataDirectory(executable: string): Promise<string> {
  const real = await realpath(executable);
  const candidates = [
    process.env.NMAPDIR ?? '',
    dirname(real),
    join(dirname(real), '..', 'share', 'nmap'),
    '/usr/local/share/nmap',
    '/usr/share/nmap',
    '/opt/homebrew/share/nmap',
  ];
  for (const candidate of candidates) {
    if (isAbsolute(candidate) && (await exists(join(candidate, 'nmap-services')))) return realpath(candidate);
  }
  throw new PortolanError(
    'nmap_not_found',
    `nmap is at ${cleanField(executable, 256)}, but its data files (nmap-services) are missing.`,
    `Install it whole: ${await installCommand()}`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** `7.80` before `7.93`; nmap writes its minor version with two digits, `7.9` never. */
export function olderThan(version: string, oldest: string): boolean {
  return Number.parseFloat(version) < Number.parseFloat(oldest);
}
