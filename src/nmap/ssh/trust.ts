/** Makes the host keys on the way to a scanner known, one after the other, as far as somebody agrees to each. */
import { PortolanError } from '../../core/errors.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { fingerprint, keyType } from './known-hosts.ts';
import type { ScannerRoute } from './scanner.ts';
import { HostKeyRefused } from './trusted-host-keys.ts';

export interface TrustQuestion {
  /** As known_hosts writes it. */
  host: string;
  type: string;
  /** `SHA256:…` */
  fingerprint: string;
  /** Another key of this host is known: where. */
  changed?: string;
}

export interface Trusted {
  /** Written to `file`. */
  added: { host: string; fingerprint: string; file: string }[];
  /** Trusted before already. */
  known: string[];
}

/**
 * The scanner itself is shown no credentials; jump hosts are logged in to, as there is no other way through them.
 * @throws PortolanError host_key_refused when a key is revoked or nobody agreed, and what connect() throws
 */
export async function trustRoute(
  route: ScannerRoute,
  options: ConnectOptions,
  agrees: (question: TrustQuestion) => Promise<boolean>,
): Promise<Trusted> {
  const added: Trusted['added'] = [];
  for (;;) {
    const known: string[] = [];
    try {
      const connection = await connect(route, {
        ...options,
        keysOnly: true,
        onStep: ({ name, detail }) => name === 'host key' && known.push(detail),
      });
      connection.close();
      return { added, known };
    } catch (error) {
      // Every key on the way was accepted; only then the last hop asks who we are.
      const reached = error instanceof PortolanError && error.code === 'ssh_auth_failed';
      if (reached && known.length === route.hops.length) return { added, known };
      if (!(error instanceof HostKeyRefused) || error.verdict.status === 'revoked') throw error;
      const { host, key, verdict } = error;
      // Twice the same: what we write is not what is read.
      if (added.some((one) => one.host === host)) throw error;
      const shown = { host, type: keyType(key), fingerprint: fingerprint(key) };
      const question = verdict.status === 'changed' ? { ...shown, changed: verdict.where } : shown;
      if (!(await agrees(question))) throw error;
      added.push({ host, fingerprint: shown.fingerprint, file: await options.hostKeys.trust(host, key) });
    }
  }
}
