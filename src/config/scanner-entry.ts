/** A scanner of the configuration: another machine that scans for us, reached over SSH. */
import { z } from 'zod';
import { SITE_NAME } from './network-entry.ts';
import { network, path } from './setting-types.ts';

export interface ScannerEntry {
  /** Name or address; with `sshConfig: true` the name of a `Host` there. The scanner's own name when absent. */
  host?: string | undefined;
  port?: number | undefined;
  user?: string | undefined;
  /** File of the private key. */
  key?: string | undefined;
  /** Where the passphrase of the key is: `env:NAME` or `file:/path`. */
  passphrase?: string | undefined;
  /** `true` for the agent of SSH_AUTH_SOCK, or the path of its socket. */
  agent?: true | string | undefined;
  /** Where the password is: `env:NAME` or `file:/path`. */
  password?: string | undefined;
  /** Hosts to go through, in order: names of other scanners, or `[user@]host[:port]` with the same credentials. */
  jump?: string | string[] | undefined;
  /** Take HostName, Port, User, IdentityFile and ProxyJump from the ssh configuration; a text names the `Host` there. */
  sshConfig?: boolean | string | undefined;
  /** Networks this scanner may scan, of those that are allowed at all. */
  scope?: string[] | undefined;
  /** The site it scans in, where it is not that of this machine (inventory.site). */
  site?: string | undefined;
  /** Addresses its packets come from, as others see them, where there is a NAT. */
  seenAs?: string[] | undefined;
  /** Start nmap by `sudo -n`. */
  sudo?: boolean | undefined;
  /** The nmap there. */
  nmapPath?: string | undefined;
}

export type ScannerEntries = Record<string, ScannerEntry>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** By name. Secrets are never written here, only where they are. */
export function scannerEntries(): z.ZodType<ScannerEntries> {
  const source = z
    .string()
    .regex(/^(env:[A-Za-z_]\w*|file:\/.+)$/, 'env:NAME or file:/path, never the secret itself');
  const host = z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[0-9a-fA-F:]+$/, 'a host name or an address');
  const jump = z
    .string()
    .max(320)
    .regex(
      /^([A-Za-z_][\w.-]*\$?@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/,
      'the name of a scanner, or [user@]host[:port]',
    );
  return z.record(
    z.string().regex(NAME),
    z
      .strictObject({
        host: host.optional(),
        port: z.int().min(1).max(65_535).optional(),
        user: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_.@-]{0,63}\$?$/, 'a user name')
          .optional(),
        key: path().optional(),
        passphrase: source.optional(),
        agent: z.union([z.literal(true), path()], 'true, or the path of a socket').optional(),
        password: source.optional(),
        jump: z
          .union([jump, z.array(jump).min(1).max(8)], 'a host to go through, or a list of them')
          .optional(),
        sshConfig: z.union([z.boolean(), host], 'true, or the name of a Host there').optional(),
        scope: z.array(network()).min(1).optional(),
        site: z
          .string()
          .regex(SITE_NAME, 'a name of letters, digits, dots, dashes or underscores')
          .optional(),
        seenAs: z.array(network()).min(1).optional(),
        sudo: z.boolean().optional(),
        nmapPath: z
          .string()
          .regex(/^\/[^\0\n]{1,255}$/, 'an absolute path')
          .optional(),
      })
      .refine(
        ({ key, agent, password }) => [key, agent, password].filter((one) => one !== undefined).length <= 1,
        'one of key, agent and password',
      )
      .refine(
        ({ key, passphrase, sshConfig }) => passphrase === undefined || key !== undefined || sshConfig,
        {
          error: 'a key where there is a passphrase',
        },
      ),
    {
      error: ({ code }) =>
        code === 'invalid_key'
          ? 'a name of up to 32 letters, digits, dots, dashes or underscores'
          : undefined,
    },
  );
}
