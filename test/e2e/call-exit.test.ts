/** The exit status of `portolan call` is that of the scan it asked for, not of the answer about it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnvironment, type Home, mainArguments, makeHome } from './portolan.ts';

let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

function call(...words: string[]) {
  const { status, stdout } = spawnSync(process.execPath, mainArguments(home, 'call', ...words), {
    env: cleanEnvironment(home),
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, answer: JSON.parse(stdout) as { status: string; task_id: string } };
}

it('a failed scan ends with 1; a question about it was answered, and ends with 0', () => {
  const scan = ['custom_scan', 'command=-p 9 127.0.0.1', '--json'];
  // Too little for any nmap, which fails after it has been started.
  const failed = call(...scan, '--set', 'scans.maxMemoryMb=16');
  expect(failed.answer.status).toBe('failed');
  expect(failed.status).toBe(1);
  const asked = call('get_task_result', `task_id=${failed.answer.task_id}`, '--json');
  expect(asked).toMatchObject({ status: 0, answer: { status: 'failed' } });
  expect(call(...scan)).toMatchObject({ status: 0, answer: { status: 'completed' } });
});
