/** The extension io.modelcontextprotocol/tasks on the wire, checked with the extension's own schemas. */
import {
  isCreateTaskResultV2,
  isDetailedTaskV2,
  TASKS_EXTENSION_ID_V2,
} from '@modelcontextprotocol/ext-tasks/core/v2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HttpService, startHttp } from '../../../src/transports/http/server.ts';
import { ERROR_META_KEY } from '../../../src/transports/mcp/result.ts';
import { fixtureDependencies } from './fixture/dependencies.ts';
import { messageOf, modernCall } from './fixture/rpc.ts';

const TASKS = { extensions: { [TASKS_EXTENSION_ID_V2]: {} } };
let service: HttpService;
beforeEach(async () => {
  service = await startHttp(fixtureDependencies(), { host: '127.0.0.1', port: 0, onError: () => {} });
});
afterEach(() => service.close());

const call = async (
  method: string,
  params: Record<string, unknown>,
  capabilities: Record<string, unknown> = TASKS,
) => messageOf(await modernCall(service.url, method, params, capabilities));

it('is declared to clients that discover the server', async () => {
  const { result } = await call('server/discover', {});
  expect(result?.capabilities).toMatchObject(TASKS);
});

it('hands out a task at once, shows it running and then its result', async () => {
  const { result: created } = await call('tools/call', { name: 'scan', arguments: { task: 't1' } });
  expect(isCreateTaskResultV2(created)).toBe(true);
  expect(created).toMatchObject({
    resultType: 'task',
    taskId: 't1',
    status: 'working',
    createdAt: '1970-01-01T00:00:01.000Z',
    lastUpdatedAt: '1970-01-01T00:00:02.000Z',
    pollIntervalMs: 20,
    ttlMs: null,
  });
  const { result: running } = await call('tasks/get', { taskId: 't1' });
  expect(isDetailedTaskV2(running)).toBe(true);
  expect(running).toMatchObject({ status: 'working', statusMessage: 'Running, look 2.' });
  const { result: ended } = await call('tasks/get', { taskId: 't1' });
  expect(isDetailedTaskV2(ended)).toBe(true);
  expect(ended).toMatchObject({
    resultType: 'complete',
    status: 'completed',
    result: {
      resultType: 'complete',
      structuredContent: { status: 'completed', task_id: 't1' },
      content: [{ type: 'text', text: 'completed' }],
    },
  });
});

it('asks first, and hands out the task once it has an answer', async () => {
  const scan = { name: 'scan', arguments: { task: 't3', intrusive: true } };
  const asking = { ...TASKS, elicitation: { form: {} } };
  const answer = async (agree: boolean) => {
    const { result: asked } = await call('tools/call', scan, asking);
    expect(asked).toMatchObject({ resultType: 'input_required' });
    expect(asked).not.toHaveProperty('taskId');
    const inputResponses = Object.fromEntries(
      Object.keys(asked?.inputRequests ?? {}).map((key) => [key, { action: 'accept', content: { agree } }]),
    );
    return await call('tools/call', { ...scan, inputResponses, requestState: asked?.requestState }, asking);
  };
  const { result: created } = await answer(true);
  expect(isCreateTaskResultV2(created)).toBe(true);
  expect(created).not.toHaveProperty('requestState');
  expect((await answer(false)).result).toMatchObject({
    isError: true,
    _meta: { [ERROR_META_KEY]: { error: { code: 'needs_intrusive' } } },
  });
});

it('cancels, once and again, and tells of it', async () => {
  expect((await call('tasks/cancel', { taskId: 't2' })).result).toMatchObject({ resultType: 'complete' });
  const { result } = await call('tasks/get', { taskId: 't2' });
  expect(isDetailedTaskV2(result)).toBe(true);
  expect(result).toMatchObject({ status: 'cancelled' });
  expect((await call('tasks/cancel', { taskId: 't2' })).result).toMatchObject({ resultType: 'complete' });
});

it('refuses tasks that are not there, with the next step', async () => {
  for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
    const { error } = await call(method, { taskId: 'nobodys', inputResponses: {} });
    expect(error).toMatchObject({
      code: -32_602,
      message: expect.stringContaining('Next: Call list_tasks.'),
      data: { code: 'task_not_found' },
    });
  }
  expect((await call('tasks/get', {})).error).toMatchObject({ code: -32_602 });
});

it('says nothing of the inside when a task has a defect', async () => {
  for (const answer of [
    await call('tasks/get', { taskId: 'defect' }),
    await call('tools/call', { name: 'scan', arguments: { task: 'defect' } }),
  ]) {
    expect(answer.error).toMatchObject({ code: -32_603, data: { code: 'internal' } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  }
});

it('gives the whole answer to a client that does not follow tasks, and no task methods', async () => {
  const { result } = await call('tools/call', { name: 'scan', arguments: {} }, {});
  expect(result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'completed' } });
  for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
    const { error } = await call(method, { taskId: 't1', inputResponses: {} }, {});
    expect(error).toMatchObject({ code: -32_021, data: { requiredCapabilities: TASKS } });
  }
});
