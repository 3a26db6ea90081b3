/** The gates of call-tool that watch over faults and over the end, with tools of their own. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Breakers, DEFAULT_BREAKER } from '../../../src/core/breaker.ts';
import { LOCAL_CALLER } from '../../../src/core/caller.ts';
import { type ErrorCode, PortolanError } from '../../../src/core/errors.ts';
import { callTool, type ToolOutcome } from '../../../src/tools/call/call-tool.ts';
import { defineTool, type ToolContext } from '../../../src/tools/call/define-tool.ts';
import { type BreakerGate, breakerGate } from '../../../src/tools/call/limits/breakers.ts';
import { drainGate } from '../../../src/tools/call/limits/draining.ts';

const request = { tool: 'probe', targets: ['127.0.0.1'], options: [] };

function setUp(answer: (input: { scanner?: string | undefined }) => Promise<Record<string, unknown>>) {
  const breakers = new Breakers(() => DEFAULT_BREAKER);
  const guard: BreakerGate = breakerGate(breakers);
  const drain = drainGate(() => 30);
  const tool = defineTool({
    name: 'probe',
    title: 'Probe',
    description: 'Probes.',
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
    toolset: 'scan',
    scope: 'scan:run',
    input: z.strictObject({ scanner: z.string().optional() }),
    output: z.looseObject({}),
    async handle(input) {
      const structured = await answer(input);
      const { task } = structured;
      return { structured, text: '', ...(typeof task === 'string' ? { runningTask: { id: task } } : {}) };
    },
  });
  const context = { caller: LOCAL_CALLER } as ToolContext;
  const call = (args: unknown = {}): Promise<ToolOutcome> =>
    callTool(
      { tools: new Map([['probe', tool]]), onDefect: () => {}, gates: [drain, guard] },
      'probe',
      args,
      context,
    );
  const codes = async (times: number, args: unknown = {}) => {
    const seen: string[] = [];
    for (let i = 0; i < times; i += 1) {
      const outcome = await call(args);
      seen.push(outcome.ok ? 'ok' : outcome.error.code);
    }
    return seen;
  };
  return { breakers, guard, drain, call, codes };
}

const failing = (code: ErrorCode) => async () => {
  throw new PortolanError(code, 'It failed.', 'Try again.');
};

describe('the breaker of a tool', () => {
  it.each([
    'nmap_not_found',
    'resource_exhausted',
    'storage_failed',
    'command_stuck',
    'interrupted',
  ] as const)('opens after five times %s', async (code) => {
    expect(await setUp(failing(code)).codes(6)).toEqual([code, code, code, code, code, 'breaker_open']);
  });

  it.each(['out_of_scope', 'invalid_target', 'name_not_resolved', 'busy', 'scanner_unreachable'] as const)(
    'does not open however often a caller gets %s',
    async (code) => {
      expect(await setUp(failing(code)).codes(20)).toEqual(Array(20).fill(code));
    },
  );

  it('does not open for arguments that cannot be read', async () => {
    expect(await setUp(async () => ({})).codes(20, { wrong: 1 })).toEqual(Array(20).fill('invalid_argument'));
  });

  it('does not count what goes wrong on another machine', async () => {
    expect(await setUp(failing('nmap_not_found')).codes(20, { scanner: 'there' })).toEqual(
      Array(20).fill('nmap_not_found'),
    );
  });

  it('counts a scan that ended badly within its call', async () => {
    const { codes } = setUp(async () => ({ status: 'failed', error: { code: 'interrupted' } }));
    expect(await codes(6)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'breaker_open']);
  });

  it('waits for the end of a scan that goes on after its call', async () => {
    let number = 0;
    const { codes, guard, breakers } = setUp(async () => ({ task: `t${++number}` }));
    await codes(6);
    expect(breakers.of('probe').snapshot()).toMatchObject({ state: 'closed', faults: 0 });
    const error = { code: 'interrupted' as const, message: '', next: '' };
    for (let i = 1; i <= 5; i += 1) guard.taskChanged({ id: `t${i}`, state: 'failed', error, request });
    expect(breakers.of('probe').snapshot()).toMatchObject({ state: 'open' });
  });

  it('also when the scan ended before its call was answered', async () => {
    let number = 0;
    const { codes, guard, breakers } = setUp(async () => {
      number += 1;
      const error = { code: 'interrupted' as const, message: '', next: '' };
      guard.taskChanged({ id: `t${number}`, state: 'failed', error, request });
      return { task: `t${number}` };
    });
    await codes(5);
    expect(breakers.of('probe').snapshot()).toMatchObject({ state: 'open' });
  });
});

describe('draining', () => {
  it('lets the calls under way finish, refuses new ones with when to come back, and says when it is done', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { call, drain } = setUp(async () => {
      await promise;
      return { done: true };
    });
    const waiting = call();
    let drained = false;
    const end = drain.drain().then(() => {
      drained = true;
    });
    const refused = await call();
    expect(refused).toMatchObject({ ok: false, error: { code: 'draining', retry_after_seconds: 30 } });
    expect(drained).toBe(false);
    resolve();
    expect(await waiting).toMatchObject({ ok: true, structured: { done: true } });
    await end;
    expect(drain.draining).toBe(true);
  });
});
