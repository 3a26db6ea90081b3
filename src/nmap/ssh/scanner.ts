/** A scanner on another machine, as it is reached: settled words, no file or variable left to look up but the key. */
import { isIP } from 'node:net';

/** One machine on the way: the scanner itself, or a jump host before it. */
export interface Hop {
  host: string;
  port: number;
  user: string;
  auth: Auth;
}

/** How we prove who we are. Secrets are functions: they are read when they are used and kept nowhere else. */
export type Auth =
  | {
      kind: 'key';
      path: string;
      passphrase?: () => string;
      /** `path` has been judged as it is: if it is a link by now, it is another file. */
      pinned?: true;
    }
  | { kind: 'agent'; socket: string }
  | { kind: 'password'; password: () => string };

export interface ScannerRoute {
  /** As the configuration calls it; for one that was described in a call, `user@host`. */
  name: string;
  /** The scanner last, before it the jump hosts in order. */
  hops: readonly [Hop, ...Hop[]];
  /** Judges an address that the first hop's name has, before anything is sent to it; a message when it is refused. */
  refuseAddress?: (address: string) => string | undefined;
  /** A caller chose where to: nobody is spoken to whose host key is not known, so that nothing can be found out that way. */
  describedInCall?: true;
  /** Start nmap by `sudo -n`. */
  sudo: boolean;
  /** The nmap there; found in PATH when absent. */
  nmapPath?: string;
}

/** `host`, or `[host]:port` when it is not 22: as known_hosts and ssh-keyscan write it. */
export function hostPort({ host, port }: Pick<Hop, 'host' | 'port'>): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** An address, or a name of letters, digits, hyphens and dots (RFC 1123): nothing that any program takes for an option. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes('%');
  return (
    text.length <= 253 &&
    text.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))
  );
}

/** A user name as Unix systems and directories write them. */
export function isUser(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.@-]{0,63}\$?$/.test(text);
}
