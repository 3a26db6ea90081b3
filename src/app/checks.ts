/** What the health of a process is judged by, beside the machine itself. */

import type { HealthCheck } from '../observe/health.ts';
import type { Local } from './local.ts';

export function healthChecks(parts: {
  /** Writes something harmless into the database. */
  touchStore: () => Promise<void>;
  here: () => Promise<Local>;
  toolCount: () => number;
}): HealthCheck[] {
  const { touchStore, here, toolCount } = parts;
  return [
    {
      name: 'store',
      // Without it no scan can be asked for, followed or read: the one thing a server cannot serve without.
      priority: 'critical',
      look: async () => {
        await touchStore();
        return { ok: true, message: 'the database can be written' };
      },
    },
    {
      name: 'nmap',
      priority: 'informational',
      look: async () => ({ ok: true, message: `nmap ${(await (await here()).vantage.nmap()).version}` }),
    },
    {
      name: 'privileges',
      priority: 'informational',
      look: async () => {
        const { raw, detail } = await (await here()).vantage.privileges();
        return { ok: raw, message: detail };
      },
    },
    {
      name: 'tools',
      priority: 'informational',
      look: () => ({ ok: true, message: `${toolCount()} tools` }),
    },
  ];
}
