/** A finished scan in a real store, for tests of what is answered from it. */
import { type Caller, LOCAL_CALLER } from '../../../src/core/caller.ts';
import type { RunFacts } from '../../../src/core/details.ts';
import { PortolanError } from '../../../src/core/errors.ts';
import type { HostResult } from '../../../src/core/result.ts';
import type { Task } from '../../../src/core/task.ts';
import type { ScanService } from '../../../src/scans/service.ts';
import { openStore } from '../../../src/store/open.ts';

export const caller: Caller = LOCAL_CALLER;

/** @returns the task and the reading half of a scan service over it; what would scan throws. */
export async function storedScan(
  hosts: HostResult[],
  { state = 'completed', run }: { state?: 'completed' | 'cancelled'; run?: RunFacts } = {},
) {
  const store = await openStore(':memory:');
  const request = { tool: 'quick_scan', targets: ['10.0.0.0/24'], options: [] };
  await store.tasks.insert(
    { id: 'task1', owner: 'local', request, createdAt: 0, addressesTotal: 256, coverage: [] },
    'me',
    1,
  );
  await store.tasks.claim('me', 1, 1000);
  await store.hosts.put('task1', hosts);
  await store.tasks.recordRun('task1', {
    argv: ['--top-ports', '100', '--', '10.0.0.0/24'],
    nmapVersion: '7.93',
    ...(run ? { facts: run } : {}),
  });
  await store.tasks.finish('task1', state, 8_000, { coverage: [] });
  const get = async (id: string): Promise<Task> => {
    const task = await store.tasks.get(id);
    if (!task) throw new PortolanError('task_not_found', 'none', 'none');
    return task;
  };
  const notHere = () => {
    throw new Error('not part of this test');
  };
  const scans: ScanService = {
    plan: notHere,
    authorize: notHere,
    submit: notHere,
    resume: notHere,
    wait: notHere,
    cancel: notHere,
    get,
    list: async () => [await get('task1')],
    async hosts(id, _caller, query) {
      const rows = await store.hosts.page(id, { ...query, limit: query.limit + 1 });
      return { hosts: rows.slice(0, query.limit), more: rows.length > query.limit };
    },
  };
  return {
    store,
    scans,
    task: await get('task1'),
    context: { services: { scans, syncWaitSeconds: 30 }, caller },
  };
}
