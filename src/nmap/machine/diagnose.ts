/** What `portolan doctor` says about nmap on this machine, each finding with the command that mends it. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PortolanError } from '../../core/errors.ts';
import { findExecutable } from './ask-program.ts';
import { findNmap, type NmapInstall } from './install.ts';
import { findLeash } from './limits-and-leash.ts';
import { privilegesOf, SETCAP_COMMAND, scanTypes, sudoWithoutPassword } from './privileges.ts';
import { lookAround, type Surroundings } from './surroundings.ts';

export interface Finding {
  /** `nmap`, `scripts`, `privileges`, `scan types`, `container`, `wsl`, `leash`. */
  name: string;
  /** False when something the user may expect does not work. */
  ok: boolean;
  detail: string;
  /** The command or step that mends it. */
  fix?: string;
}

/** What a command tool runs. */
export interface CommandProgram {
  tool: string;
  name: string;
  package?: string | undefined;
}

/** Never throws: what cannot be found out is a finding. Nothing is sent to any network. */
export async function diagnose({
  nmapPath,
  programs = [],
}: {
  nmapPath?: string;
  programs?: readonly CommandProgram[];
} = {}): Promise<Finding[]> {
  const surroundings = await lookAround();
  let nmap: NmapInstall;
  try {
    nmap = await findNmap(nmapPath);
  } catch (error) {
    if (!(error instanceof PortolanError)) throw error;
    return [
      { name: 'nmap', ok: false, detail: error.message, fix: error.next },
      ...describe(surroundings),
      ...(await commands(programs)),
    ];
  }
  return [
    { name: 'nmap', ok: true, detail: `nmap ${nmap.version} at ${nmap.path}` },
    await scripts(nmap),
    ...(await privileges(nmap, surroundings)),
    ...describe(surroundings),
    ...(await leash()),
    ...(await commands(programs)),
  ];
}

async function scripts({ dataDirectory }: NmapInstall): Promise<Finding> {
  const database = join(dataDirectory, 'scripts', 'script.db');
  try {
    await access(database);
    return { name: 'scripts', ok: true, detail: `script database ${database}` };
  } catch {
    return {
      name: 'scripts',
      ok: false,
      detail: `${database} is missing: no script can run`,
      fix: 'nmap --script-updatedb (Alpine: apk add nmap-scripts)',
    };
  }
}

async function privileges(nmap: NmapInstall, { container }: Surroundings): Promise<Finding[]> {
  const found = await privilegesOf(nmap);
  const types = scanTypes(found);
  const works: Finding = { name: 'scan types', ok: true, detail: `work here: ${types.works.join(', ')}` };
  if (found.raw) return [{ name: 'privileges', ok: true, detail: `${found.how}: ${found.detail}` }, works];
  const sudo = (await sudoWithoutPassword()) ? '; sudo works without a password' : '';
  const setcap = `${SETCAP_COMMAND} ${nmap.path}`;
  return [
    {
      name: 'privileges',
      ok: false,
      detail: `${found.how}: ${found.detail}${sudo}. Scans fall back to connect scans`,
      fix:
        container === undefined
          ? setcap
          : `start the container with --cap-add NET_RAW --cap-add NET_ADMIN (then ${setcap})`,
    },
    works,
    { name: 'scan types', ok: false, detail: `need raw packets: ${types.needsRaw.join(', ')}`, fix: setcap },
  ];
}

function describe({ container, wsl, translated }: Surroundings): Finding[] {
  const findings: Finding[] = [];
  if (container !== undefined) {
    findings.push(
      translated
        ? {
            name: 'container',
            ok: false,
            detail: `${container}, behind address translation: MAC addresses, hops and UDP states of the network outside are not seen as they are`,
            fix: 'start the container with --network host',
          }
        : { name: 'container', ok: true, detail: container },
    );
  }
  if (wsl === 1) {
    findings.push({
      name: 'wsl',
      ok: false,
      detail: 'WSL 1 has no raw sockets',
      fix: 'wsl --set-version <distribution> 2',
    });
  } else if (wsl === 2) {
    findings.push(
      translated
        ? {
            name: 'wsl',
            ok: false,
            detail: 'WSL 2 behind address translation: the local network is not seen directly',
            fix: 'put networkingMode=mirrored under [wsl2] in %UserProfile%\\.wslconfig, then wsl --shutdown',
          }
        : { name: 'wsl', ok: true, detail: 'WSL 2 with mirrored networking' },
    );
  }
  return findings;
}

/** Whether nmap dies with us even on kill -9 (limits-and-leash.ts): tried, as a sandbox may keep it from working. */
async function leash(): Promise<Finding[]> {
  if (process.platform !== 'linux') return [];
  const [setpriv] = await findLeash();
  if (setpriv !== undefined)
    return [
      { name: 'leash', ok: true, detail: 'scanners end with Portolan even when it is killed (setpriv)' },
    ];
  const installed = await findExecutable('setpriv');
  return [
    {
      name: 'leash',
      ok: false,
      detail: `setpriv ${installed ? 'does not work here' : 'is missing'}: after kill -9 a scanner runs on until the next start ends it`,
      fix: installed
        ? 'let the system calls capset and prctl pass (SystemCallFilter of the unit, seccomp profile of the container)'
        : 'install util-linux 2.33 or newer',
    },
  ];
}

/** The programs of the command tools. */
async function commands(programs: readonly CommandProgram[]): Promise<Finding[]> {
  return await Promise.all(
    programs.map(async ({ tool, name, package: from = name }) => {
      const path = await findExecutable(name);
      return path === undefined
        ? { name, ok: false, detail: `is missing: ${tool} cannot run`, fix: `install the package ${from}` }
        : { name, ok: true, detail: `${path}, for ${tool}` };
    }),
  );
}
