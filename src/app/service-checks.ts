/** What the health of a process is judged by, beside the machine itself. */

import { openFilesFinding } from '../nmap/machine/open-files.ts';
import type { HealthCheck } from '../observe/health.ts';
import type { Local } from './local.ts';

export function healthChecks(parts: {
  /** Writes something harmless into the database. */
  touchStore: () => Promise<void>;
  here: () => Promise<Local>;
  toolCount: () => number;
  /** Scans that may run at the same time. */
  tasks: () => number;
}): HealthCheck[] {
  const { touchStore, here, toolCount, tasks } = parts;
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
      name: 'open_files',
      priority: 'important',
      look: () => {
        const { ok, detail, fix } = openFilesFinding(tasks());
        return { ok, message: fix === undefined ? detail : `${detail}; ${fix}` };
      },
    },
    {
      name: 'tools',
      priority: 'informational',
      look: () => ({ ok: true, message: `${toolCount()} tools` }),
    },
  ];
}
