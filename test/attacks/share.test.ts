/** One caller who asks for all there is: others are served all the same, and nothing runs for ever. */
import { afterEach, expect, it } from 'vitest';
import { freePorts, listen } from '../e2e/listeners.ts';
import { type Attacked, attacked } from './server.ts';

let server: Attacked | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const NO_RATE = 'rateLimit.scansPerMinute=0';
const start = async (by: string, command: string) => {
  const detached = { prefer: 'respond-async' };
  const answer = await server?.rest(by, 'POST', '/tools/custom_scan/execute', { command }, detached);
  return JSON.parse(answer?.text ?? '{}');
};
const status = async (by: string, id: string) =>
  JSON.parse((await server?.rest(by, 'GET', `/tasks/${id}`))?.text ?? '{}');

it('leaves others their places, running and waiting, and says what its share is', async () => {
  server = await attacked([NO_RATE, 'scans.maxConcurrentTasks=4', 'scans.queueLimit=8']);
  const first = await freePorts(100);
  // Half a minute: others would have to wait so long.
  const slow = `-sT -Pn -n -p ${first}-${first + 99} --max-rate 3 127.0.9.1`;
  const answers = await Promise.all(Array.from({ length: 14 }, () => start('owner', slow)));
  const refused = answers.filter(({ error }) => error !== undefined);
  expect(refused).toHaveLength(8);
  expect(refused[0].error).toMatchObject({
    code: 'busy',
    limit: expect.stringContaining('scans.maxConcurrentPerCaller'),
    retry_after_seconds: 60,
  });
  const states = await Promise.all(
    answers.flatMap(({ task_id: id }) => (id === undefined ? [] : [status('owner', id)])),
  );
  expect(states.filter(({ status: state }) => state === 'running')).toHaveLength(2);
  const quick = await server.rest('other', 'POST', '/tools/custom_scan/execute', {
    command: `-sT -Pn -n -p ${first} 127.0.9.1`,
    timeout: 20,
  });
  expect(JSON.parse(quick.text)).toMatchObject({ status: 'completed' });
});

it('is no larger for scans that were cancelled and are resumed', async () => {
  server = await attacked([NO_RATE, 'scans.maxConcurrentTasks=4', 'scans.queueLimit=8']);
  const first = await freePorts(100);
  const slow = `-sT -Pn -n -p ${first}-${first + 99} --max-rate 3 127.0.9.1`;
  const share = () => Promise.all(Array.from({ length: 6 }, () => start('owner', slow)));
  const cancelled = await share();
  for (const { task_id: id } of cancelled) await server.rest('owner', 'DELETE', `/tasks/${id}`);
  for (const { error } of await share()) expect(error).toBeUndefined();
  for (const { task_id: id } of cancelled) {
    const { text } = await server.rest('owner', 'POST', '/tools/resume_task/execute', {
      task_id: id,
      timeout: 5,
    });
    expect(JSON.parse(text).error).toMatchObject({
      code: 'busy',
      limit: expect.stringContaining('scans.maxConcurrentPerCaller'),
    });
  }
});

it('ends a scan that would run for a day, says so, and keeps what it found', async () => {
  const first = await freePorts(100);
  const listener = await listen('127.0.9.1', first, 'here');
  try {
    server = await attacked([NO_RATE, 'scans.maxRunMinutes=0.05']);
    const command = `-sT -Pn -n -r --max-rate 2 -p ${first}-${first + 99} 127.0.9.1`;
    const { task_id: id } = await start('owner', command);
    await expect
      .poll(async () => await status('owner', id), { timeout: 60_000, interval: 500 })
      .toMatchObject({
        status: 'failed',
        error: {
          code: 'scan_timeout',
          limit: 'scans.maxRunMinutes',
          message: expect.stringContaining('0.05 minutes'),
        },
      });
    const result = JSON.parse((await server.rest('owner', 'GET', `/tasks/${id}/result`)).text);
    expect(result).toMatchObject({ status: 'failed', error: { code: 'scan_timeout' } });
    const told = JSON.stringify(result);
    expect(told).toContain('longest run time');
    expect(told).toContain(`"port":${first}`);
  } finally {
    await listener.close();
  }
});
