/** One id from a request to nmap, the answer, the log, the audit and the events. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type ServerOnDisk, serveOnDisk } from './server-on-disk.ts';

let server: ServerOnDisk;
afterEach(() => server.stop());

it('is the same everywhere', async () => {
  server = await serveOnDisk('tmpfs', ['logging.format=json']);
  const waiting = server.execute('custom_scan', {
    command: '-sT -Pn -n -p 1-300 --max-rate 200 127.0.0.1',
    timeout: 30,
  });
  const ids = new Set<string>();
  await expect
    .poll(
      () => {
        for (const pid of readdirSync('/proc')) {
          const environment = read(`/proc/${pid}/environ`);
          if (!environment.includes('PORTOLAN_RUN=') || !environment.includes(server.database.slice(0, -5)))
            continue;
          const id = /PORTOLAN_CORRELATION=([^\0]+)/.exec(environment)?.[1];
          if (id) ids.add(id);
        }
        return ids.size;
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(1);
  const [id] = ids;
  const { body } = await waiting;
  expect(body).toMatchObject({ status: 'completed', result: { correlation_id: id } });

  const log = server
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
    .map((line): Record<string, unknown> => JSON.parse(line))
    // It is written when the connection is done with, which may be before or after we have read the answer.
    .filter(({ msg }) => msg !== 'request');
  expect(log.filter(({ correlation }) => correlation === id).map(({ msg }) => msg)).toEqual([
    'scan started',
    'scan ended',
    'call',
  ]);
  await expect
    .poll(() =>
      readFileSync(join(server.folder, 'audit.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line): Record<string, unknown> => JSON.parse(line))
        .filter(({ correlation }) => correlation === id)
        .map(({ kind }) => kind),
    )
    .toEqual(['request', 'scan', 'scan_ended', 'call']);
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
