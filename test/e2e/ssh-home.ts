/** A home whose Portolan knows scanners: what an operator writes, as files. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, makeKey } from '../lab/machine.ts';
import { command } from '../lab/network.ts';
import { type Home, makeHome } from './portolan.ts';

export interface SshHome extends Home {
  /** `~/.ssh` of this home. */
  ssh: string;
  key: string;
  publicKey: string;
  /** Writes `~/.config/portolan/portolan.json`. */
  configure(config: Record<string, unknown>): void;
  /** Makes host keys known to ssh, hashed as ssh-keygen does. */
  know(...machines: Machine[]): void;
  /** What a scanner of the configuration needs to reach a machine. */
  scanner(machine: Machine, more?: Record<string, unknown>): Record<string, unknown>;
}

export function makeSshHome(): SshHome {
  const home = makeHome();
  const ssh = join(home.folder, '.ssh');
  mkdirSync(ssh, { mode: 0o700 });
  const key = join(ssh, 'id_ed25519');
  const publicKey = makeKey(key);
  const known = join(ssh, 'known_hosts');
  const file = join(home.folder, '.config', 'portolan', 'portolan.json');
  return {
    ...home,
    ssh,
    key,
    publicKey,
    configure(config) {
      mkdirSync(join(file, '..'), { recursive: true });
      // Tests call faster than callers may.
      writeFileSync(file, JSON.stringify({ rateLimit: { scansPerMinute: 0 }, ...config }));
      chmodSync(file, 0o600);
    },
    know(...machines) {
      writeFileSync(
        known,
        machines.map(({ address, port, hostKey }) => `[${address}]:${port} ${hostKey}\n`).join(''),
      );
      command('ssh-keygen', ['-q', '-H', '-f', known]);
    },
    scanner: ({ address, port }, more = {}) => ({ host: address, port, user: 'root', key, ...more }),
  };
}

/** Waits until `is` holds. @returns whether it did within the time. */
export async function within(seconds: number, is: () => boolean | Promise<boolean>): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (await is()) return true;
    if (performance.now() > end) return false;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
