/** Several processes may start on a database that is not there yet: a client's stdio server beside the service. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/store/open.ts';

it('a new database can be opened by many at the same time', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-open-'));
  try {
    for (let round = 0; round < 2; round++) {
      const path = join(folder, `${round}.db`);
      const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(path)));
      for (const store of stores) {
        expect(await store.toolStates.disabled()).toEqual([]);
        await store.close();
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
