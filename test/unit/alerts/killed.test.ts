import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killRounds } from '../../alerts/kill-rounds.ts';

it('tells every incident under one key, whenever it is killed between the change and the message', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alert-kills-'));
  try {
    const { killed, incidents, told, twice } = await killRounds(join(folder, 'killed.db'), 3, 7);
    expect(killed).toBeGreaterThan(0);
    expect({ told, twice }).toEqual({ told: incidents, twice: [] });
    expect(incidents).toBe(12);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
