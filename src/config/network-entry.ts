/** A network as an operator describes it: how its addresses are given out, and how old knowledge of it may grow. */
import { z } from 'zod';
import { network } from './setting-types.ts';

export interface NetworkEntry {
  network: string;
  /** `default` when absent. */
  site?: string | undefined;
  /** How long an address stays with its host. */
  addresses?: 'dhcp' | 'static' | 'guest' | undefined;
  gateway?: string | undefined;
  /** Hosts are looked for, and ports asked, at least as often as this: `7d`. */
  discovery?: string | undefined;
  ports?: string | undefined;
}

export type NetworkEntries = Record<string, NetworkEntry>;

export const SITE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** By name. */
export function networkEntries(): z.ZodType<NetworkEntries> {
  const every = z
    .string()
    .regex(/^\d{1,4}[hdw]$/, 'a time such as 12h, 7d or 2w')
    .optional();
  return z.record(
    z.string().regex(SITE_NAME),
    z.strictObject({
      network: network(),
      site: z.string().regex(SITE_NAME, 'a name of letters, digits, dots, dashes or underscores').optional(),
      addresses: z.enum(['dhcp', 'static', 'guest']).optional(),
      gateway: z.union([z.ipv4(), z.ipv6()], 'an address').optional(),
      discovery: every,
      ports: every,
    }),
  );
}
