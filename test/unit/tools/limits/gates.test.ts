/** The gates by themselves; what callers see of them is in the tests of the transports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Caller, LOCAL_CALLER } from '../../../../src/core/caller.ts';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { openStore, type Store } from '../../../../src/store/open.ts';
import type { Call, CallGate, ToolOutcome } from '../../../../src/tools/call/call-tool.ts';
import { concurrency } from '../../../../src/tools/call/limits/concurrency.ts';
import { isScan, rateLimit } from '../../../../src/tools/call/limits/rate-limit.ts';
import { createToolStates } from '../../../../src/tools/call/limits/tool-states.ts';
import { TOOLS } from '../../../../src/tools/index.ts';

const ANN: Caller = { name: 'ann', id: 'ann#1', scopes: new Set() };
const BOB: Caller = { name: 'bob', id: 'bob#1', scopes: new Set() };
const ended: ToolOutcome = { ok: true, structured: {}, text: '', links: [] };

function callOf(name: string, caller: Caller = ANN): Call {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return { id: 'c', origin: { id: 'c' }, tool, caller, arguments: {} };
}
const refused = (code: ErrorCode): ToolOutcome => ({
  ok: false,
  error: { code, message: '', next: '' },
  structured: {},
  text: '',
});
const enter = async (gate: CallGate, name: string, caller?: Caller) => await gate.enter(callOf(name, caller));

describe('rate limit', () => {
  it('counts as scans what sends to other machines and changes something', () => {
    expect(TOOLS.filter(isScan).map(({ name }) => name)).toEqual([
      'quick_scan',
      'full_scan',
      'custom_scan',
      'scan_network',
      'resume_task',
      'set_schedule',
      'test_alert_channel',
      'resend_alerts',
      'NmapTool',
      'PingTool',
      'TracerouteTool',
    ]);
  });

  it('is ten scans and many reads a minute, for each caller and tool', async () => {
    vi.useFakeTimers();
    try {
      const gate = rateLimit(() => ({ scansPerMinute: 10, readsPerMinute: 600 }));
      for (let n = 0; n < 10; n++) (await enter(gate, 'quick_scan'))(ended);
      await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({
        code: 'rate_limited',
        limit: '10 calls a minute of one tool (rateLimit.scansPerMinute)',
        retryAfterSeconds: 60,
      });
      await enter(gate, 'quick_scan', BOB);
      await enter(gate, 'full_scan');
      for (let n = 0; n < 600; n++) await enter(gate, 'get_task_status');
      await expect(enter(gate, 'get_task_status')).rejects.toMatchObject({ code: 'rate_limited' });
      vi.advanceTimersByTime(59_000);
      await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({ retryAfterSeconds: 1 });
      vi.advanceTimersByTime(1_100);
      await enter(gate, 'quick_scan');
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts a call that asks a question and comes again as one', async () => {
    const gate = rateLimit(() => ({ scansPerMinute: 1, readsPerMinute: 1 }));
    for (let round = 0; round < 3; round++) (await enter(gate, 'custom_scan'))(undefined);
    (await enter(gate, 'custom_scan'))(ended);
    await expect(enter(gate, 'custom_scan')).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('lets slips pass as reads, and counts those beyond them and every other refusal as scans', async () => {
    const gate = rateLimit(() => ({ scansPerMinute: 2, readsPerMinute: 20 }));
    const call = async (code: ErrorCode) => {
      (await enter(gate, 'quick_scan'))(refused(code));
      await setImmediate();
    };
    for (const code of ['invalid_argument', 'invalid_target', 'invalid_ports', 'invalid_option'] as const)
      for (let n = 0; n < 5; n++) await call(code);
    await call('out_of_scope');
    await call('invalid_argument');
    await expect(call('invalid_argument')).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('gives back so many questions and no more: who only asks is limited too', async () => {
    const gate = rateLimit(() => ({ scansPerMinute: 2, readsPerMinute: 2 }));
    let asked = 0;
    const ask = async () => {
      for (; asked < 100; asked++) (await enter(gate, 'custom_scan'))(undefined);
    };
    await expect(ask()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(asked).toBe(8);
  });

  it('follows its settings, and 0 sets none', async () => {
    const limits = { scansPerMinute: 1, readsPerMinute: 1 };
    const gate = rateLimit(() => limits);
    await enter(gate, 'quick_scan');
    await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({ code: 'rate_limited' });
    limits.scansPerMinute = 100;
    await enter(gate, 'quick_scan');
    limits.scansPerMinute = 0;
    for (let n = 0; n < 200; n++) await enter(gate, 'quick_scan');
  });
});

it('concurrency: a place is taken until the call has ended, in whatever way', async () => {
  const gate = concurrency(() => 2);
  const leave = [await enter(gate, 'quick_scan'), await enter(gate, 'quick_scan', BOB)];
  await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({ code: 'busy', retryAfterSeconds: 10 });
  await enter(gate, 'full_scan');
  leave[0]?.(undefined);
  leave[1]?.({ ok: false, error: { code: 'internal', message: '', next: '' }, structured: {}, text: '' });
  await enter(gate, 'quick_scan');
  await enter(gate, 'quick_scan', BOB);
  await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({ code: 'busy' });
});

it('concurrency: one caller takes half of the places, and the person at this machine all', async () => {
  const gate = concurrency(() => 4);
  for (let n = 0; n < 2; n++) await enter(gate, 'quick_scan');
  await expect(enter(gate, 'quick_scan')).rejects.toMatchObject({
    code: 'busy',
    message: '2 calls of quick_scan by you are under way.',
  });
  (await enter(gate, 'quick_scan', BOB))(ended);
  for (let n = 0; n < 2; n++) await enter(gate, 'quick_scan', LOCAL_CALLER);
  await expect(enter(gate, 'quick_scan', BOB)).rejects.toMatchObject({ code: 'busy' });
});

describe('tools that are switched off', () => {
  let folder: string;
  let path: string;
  const open: Store[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-states-'));
    path = join(folder, 'portolan.db');
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });
  /** As a process of its own would have them. */
  async function statesOf(now = () => 0) {
    const store = await openStore(path);
    open.push(store);
    return createToolStates(
      async () => store.toolStates,
      (error) => {
        throw error;
      },
      now,
    );
  }

  it('stay off after a restart and are seen by other processes, which tell their clients', async () => {
    let time = 0;
    const one = await statesOf();
    const other = await statesOf(() => time);
    const told = vi.fn();
    const forget = other.onChange(told);
    await enter(other, 'quick_scan');
    await one.set('quick_scan', false, 'ann');
    await expect(enter(one, 'quick_scan')).rejects.toMatchObject({ code: 'tool_disabled' });
    time = 2001;
    await expect(enter(other, 'quick_scan')).rejects.toMatchObject({ code: 'tool_disabled' });
    expect(other.isEnabled('quick_scan')).toBe(false);
    expect(other.isEnabled('full_scan')).toBe(true);
    expect(told).toHaveBeenCalledTimes(1);
    const restarted = await statesOf();
    await expect(enter(restarted, 'quick_scan')).rejects.toMatchObject({ code: 'tool_disabled' });
    await one.set('quick_scan', true, 'ann');
    await other.refresh();
    expect(told).toHaveBeenCalledTimes(2);
    forget();
    await other.set('full_scan', false, 'ann');
    expect(told).toHaveBeenCalledTimes(2);
    await enter(other, 'quick_scan');
  });

  it('a database that cannot be read silences no tool, and is reported', async () => {
    const defects: unknown[] = [];
    const states = createToolStates(
      () => Promise.reject(new Error('locked')),
      (error) => defects.push(error),
    );
    await enter(states, 'quick_scan');
    expect(defects).toHaveLength(1);
    await expect(states.set('quick_scan', false, 'ann')).rejects.toThrow('locked');
  });

  it('tokens: one valid of a name, all of it revoked at once, later scopes ignored', async () => {
    await statesOf();
    const { tokens } = open[0] ?? (await openStore(path));
    const token = { name: 'ci', hash: 'a', scopes: ['scan:read' as const], createdAt: 1, expiresAt: 100 };
    expect(await tokens.create(token, 1)).toBe(true);
    expect(await tokens.create({ ...token, hash: 'b' }, 50)).toBe(false);
    expect(await tokens.create({ ...token, hash: 'b', createdAt: 100 }, 100)).toBe(true);
    expect(await tokens.list()).toMatchObject([{ hash: 'b' }, token]);
    expect(await tokens.revoke('ci', 200)).toBe(2);
    expect(await tokens.revoke('ci', 300)).toBe(0);
    expect(await tokens.list()).toMatchObject([{ revokedAt: 200 }, { revokedAt: 200 }]);
  });
});
