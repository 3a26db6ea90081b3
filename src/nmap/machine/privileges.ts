/** Whether nmap may send raw packets here, and so which scan types work. */
import { readFile, stat } from 'node:fs/promises';
import type { Privileges } from '../../policy/facts.ts';
import { ask, findExecutable } from './ask-program.ts';
import type { NmapInstall } from './install.ts';

/** Bit of CAP_NET_RAW in the masks of /proc/self/status (capabilities(7)). */
const NET_RAW = 1n << 13n;

export const SETCAP_COMMAND = 'sudo setcap cap_net_raw,cap_net_admin,cap_net_bind_service+eip';

const known = new Map<string, Privileges>();

/** What this nmap may do when we start it. Cheap: asked anew only when the file changed. */
export async function privilegesOf(nmap: Pick<NmapInstall, 'path'>): Promise<Privileges> {
  const changed = await stat(nmap.path).then(
    ({ ctimeMs }) => ctimeMs,
    () => 0,
  );
  const key = `${nmap.path} ${changed}`;
  const before = known.get(key);
  if (before) return before;
  const privileges = await readPrivileges(nmap.path);
  known.set(key, privileges);
  return privileges;
}

async function readPrivileges(path: string): Promise<Privileges> {
  const root = process.geteuid?.() === 0;
  const getcap = root ? undefined : await findExecutable('getcap');
  const onFile = getcap ? (await ask(getcap, [path])).stdout : '';
  return privilegesFrom(root, await ownCapabilities(), onFile);
}

/**
 * What an nmap may do, from facts of the machine it is on.
 * @param own the capabilities of the process that starts it; undefined where there is no such thing
 * @param onFile what getcap(8) says of its file
 */
export function privilegesFrom(root: boolean, own: Capabilities | undefined, onFile: string): Privileges {
  if (own === undefined) {
    return root
      ? { raw: true, how: 'root', detail: 'running as root' }
      : { raw: false, how: 'unprivileged', detail: 'not running as root' };
  }
  if (root) {
    return own.effective & NET_RAW
      ? { raw: true, how: 'root', detail: 'running as root with CAP_NET_RAW' }
      : {
          raw: false,
          how: 'unprivileged',
          detail: 'running as root, but without CAP_NET_RAW (a container?)',
        };
  }
  if (own.ambient & NET_RAW) {
    return { raw: true, how: 'capabilities', detail: 'CAP_NET_RAW is inherited (ambient capabilities)' };
  }
  if (/\bcap_net_raw\b[^ ]*[+=][eip]*e/.test(onFile)) {
    if (own.noNewPrivileges || !(own.bounding & NET_RAW)) {
      const why = own.noNewPrivileges ? 'NoNewPrivs is set' : 'CAP_NET_RAW is not in the bounding set';
      return { raw: false, how: 'unprivileged', detail: `nmap has file capabilities, but ${why}` };
    }
    return { raw: true, how: 'capabilities', detail: 'nmap has the file capability cap_net_raw' };
  }
  return { raw: false, how: 'unprivileged', detail: 'neither root nor file capabilities on nmap' };
}

/** Masks of /proc/self/status (capabilities(7)). */
export interface Capabilities {
  effective: bigint;
  ambient: bigint;
  bounding: bigint;
  noNewPrivileges: boolean;
}

/** Undefined where there is no such thing (macOS, Windows). */
async function ownCapabilities(): Promise<Capabilities | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => undefined);
  if (status === undefined) return undefined;
  const mask = (name: string) =>
    BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  return {
    effective: mask('CapEff'),
    ambient: mask('CapAmb'),
    bounding: mask('CapBnd'),
    noNewPrivileges: /^NoNewPrivs:\s*1$/m.test(status),
  };
}

/** Whether `sudo -n` would work. Only reported: Portolan never raises its own privileges. */
export async function sudoWithoutPassword(): Promise<boolean> {
  const sudo = await findExecutable('sudo');
  return sudo !== undefined && (await ask(sudo, ['-n', 'true'])).status === 0;
}

/** nmap's scan types by what they need (nmap manual, "Port Scanning Techniques"). */
export function scanTypes({ raw }: Privileges): { works: string[]; needsRaw: string[] } {
  const anyone = [
    '-sT (connect)',
    '-sV (versions)',
    '-sn (host discovery by connect)',
    'scripts',
    '-6 with -sT',
  ];
  const rawOnly = [
    '-sS (SYN)',
    '-sU (UDP)',
    '-sA',
    '-sW',
    '-sM',
    '-sN/-sF/-sX',
    '-sY/-sZ (SCTP)',
    '-sO',
    '-O',
    '-PE/-PP/-PM',
    '--traceroute',
  ];
  return raw ? { works: [...anyone, ...rawOnly], needsRaw: [] } : { works: anyone, needsRaw: rawOnly };
}
