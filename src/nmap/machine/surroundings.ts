/** Where Portolan runs, as far as it bends what a scan sees: a container, WSL, network address translation. */
import { access, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

export interface Surroundings {
  /** How the container was recognised. */
  container?: string;
  wsl?: 1 | 2;
  /** Its only way out is a private bridge of a container runtime or hypervisor, which translates addresses. */
  translated: boolean;
}

export async function lookAround(): Promise<Surroundings> {
  const container = await containerSign();
  const wsl = wslVersion(await text('/proc/version'));
  return {
    ...(container === undefined ? {} : { container }),
    ...(wsl === undefined ? {} : { wsl }),
    translated:
      wsl === 2
        ? !(await wslMirrored())
        : container !== undefined && isBridged(await text('/proc/net/route')),
  };
}

async function containerSign(): Promise<string | undefined> {
  for (const [path, sign] of [
    ['/.dockerenv', 'Docker (/.dockerenv)'],
    ['/run/.containerenv', 'Podman (/run/.containerenv)'],
    ['/run/systemd/container', 'a container (/run/systemd/container)'],
    ['/var/run/secrets/kubernetes.io/serviceaccount', 'Kubernetes (a service account)'],
  ] as const) {
    if (await exists(path)) return sign;
  }
  const runtime = /\b(docker|containerd|kubepods|libpod|lxc)\b/.exec(await text('/proc/self/cgroup'))?.[1];
  return runtime === undefined ? undefined : `${runtime} (/proc/self/cgroup)`;
}

/** WSL 1 says `Microsoft` in /proc/version, WSL 2 `microsoft-standard-WSL2`. */
export function wslVersion(procVersion: string): 1 | 2 | undefined {
  if (/microsoft-standard/i.test(procVersion)) return 2;
  return /Microsoft/.test(procVersion) ? 1 : undefined;
}

/** WSL 2 in mirrored mode has the host's addresses and an interface `loopback0`. */
async function wslMirrored(): Promise<boolean> {
  return 'loopback0' in networkInterfaces() || (await exists('/sys/class/net/loopback0'));
}

/** The default gateway is the first address of a private network a runtime makes for itself: 172.16/12 or 10.88/16. */
export function isBridged(procNetRoute: string): boolean {
  const gateway = procNetRoute
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([, destination]) => destination === '00000000')?.[2];
  if (gateway === undefined || !/^[0-9A-F]{8}$/i.test(gateway)) return false;
  // The kernel prints the address as a little-endian number.
  const [d = 0, c = 0, b = 0, a = 0] = Buffer.from(gateway, 'hex');
  return d === 1 && c === 0 && ((a === 172 && b >= 16 && b <= 31) || (a === 10 && b === 88));
}

function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
