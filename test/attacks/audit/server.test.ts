/** Attacks on the audit by those who call: floods of refusals, large and hostile arguments; and on its file, seen by the server. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditedServer, auditedServer, recordsIn, TOKENS } from './server.ts';
import { auditCommand } from './three-files.ts';

let server: AuditedServer;
beforeEach(async () => {
  server = await auditedServer();
});
afterEach(async () => {
  await server.stop();
  server.home.remove();
});

async function inParallel(times: number, work: (n: number) => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  // One caller has 25 places of one tool.
  for (let n = 0; n < times; n += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => work(n + at)));
    for (const answer of answers) {
      await answer.arrayBuffer();
      statuses.push(answer.status);
    }
  }
  return statuses;
}

const verify = () => auditCommand('verify', server.audit);

describe('a flood of refusals', () => {
  it('1,500 forbidden calls are limited, and are some records and a sum', async () => {
    const statuses = await inParallel(1500, () =>
      server.execute('quick_scan', { target: '127.0.0.1' }, TOKENS.admin),
    );
    // Ten scans a minute, refused or not.
    expect(statuses.filter((one) => one === 403)).toHaveLength(10);
    expect(statuses.filter((one) => one === 429)).toHaveLength(1490);
    await server.stop();
    const about = recordsIn(server.audit).filter(({ caller }) => caller === 'clerk');
    expect(about.map(({ kind, code, times }) => [kind, code, times])).toEqual([
      ['call', 'forbidden', undefined],
      ['call', 'rate_limited', undefined],
      ['refusals_repeated', 'forbidden', 9],
      ['refusals_repeated', 'rate_limited', 1489],
    ]);
    expect(statSync(server.audit).size).toBeLessThan(8192);
    expect((await verify()).status).toBe(0);
  });

  it('each refused for something else is written twenty times, then counted', async () => {
    const statuses = await inParallel(300, (n) => server.execute('get_task_status', { task_id: `t${n}` }));
    expect(new Set(statuses)).toEqual(new Set([404]));
    await server.stop();
    const about = recordsIn(server.audit).filter(({ tool }) => tool === 'get_task_status');
    expect(about.filter(({ kind }) => kind === 'call')).toHaveLength(20);
    expect(about.at(-1)).toMatchObject({ kind: 'refusals_repeated', times: 280 });
  });

  it('of requests that are no calls is counted too, in the log as well', async () => {
    const statuses = await inParallel(500, () => server.get('/tools?token=in-the-address'));
    expect(new Set(statuses)).toEqual(new Set([401]));
    await server.stop();
    const refused = recordsIn(server.audit).filter(({ reason }) => reason === 'token in the URL');
    expect(refused.map(({ kind, times }) => [kind, times])).toEqual([
      ['request_refused', undefined],
      ['refusals_repeated', 499],
    ]);
    const logged = recordsIn(server.log).filter(({ msg }) => msg === 'a request was refused');
    expect(logged).toHaveLength(1);
  });

  it('what was done is written each time, however often', async () => {
    await inParallel(100, () => server.execute('list_tasks', {}));
    await server.stop();
    expect(recordsIn(server.audit).filter(({ tool }) => tool === 'list_tasks')).toHaveLength(100);
  });
});

const ARGUMENTS: Record<string, unknown> = {
  'a text of 3 MB': { target: 'x'.repeat(3_000_000) },
  'a list of 40,000 texts': { target: Array.from({ length: 40_000 }, (_, n) => `10.0.0.${n}`) },
  'sixty names of two thousand characters each': Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [`f${n}`, 'y'.repeat(2000)]),
  ),
  'texts that grow sixfold when they are written': {
    target: ['\u2028'.repeat(2000), '\u202e'.repeat(2000), '\u0001'.repeat(2000)],
  },
  'lists in lists, ten thousand deep': `{"target":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  ...Object.fromEntries(
    ['__proto__', 'constructor', 'toJSON', 'hash', 'prev', 'seq', '10', '9', ''].map((name) => [
      `the name "${name}"`,
      `{"state":"pending","${name}":{"x":1}}`,
    ]),
  ),
};

describe('arguments without measure, or with names that mean something', () => {
  it('make a record of at most 16 KiB each, with the hash of what was cut, and the chain goes on', async () => {
    for (const [what, args] of Object.entries(ARGUMENTS)) {
      const answer = await server.execute('plan_scan', args);
      // What is larger than a tool takes is refused before it is read.
      expect([400, 413], what).toContain(answer.status);
      expect((await answer.text()).length, what).toBeLessThan(20_000);
    }
    await server.execute('list_tasks', {});
    await server.stop();
    const lines = readFileSync(server.audit, 'utf8').split('\n').slice(0, -1);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
    const records = recordsIn(server.audit);
    expect(records.map(({ seq }) => seq)).toEqual(lines.map((_line, at) => at + 1));
    const about = records.filter((one) => one['tool'] === 'plan_scan' && 'arguments' in one);
    // Two that are refused in the same words are one.
    expect(about.length).toBeGreaterThan(10);
    expect(about.filter((one) => JSON.stringify(one['arguments']).includes('cut_bytes'))).toHaveLength(2);
    const names = about.find((one) => JSON.stringify(one['arguments']).includes('yyyy'));
    expect(names?.['arguments']).toEqual({
      cut_bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      begins: expect.stringContaining('yyyy'),
    });
    expect((await verify()).status).toBe(0);
  });
});

describe('the file under a running server', () => {
  it('deleted: the log, the chain and the health say so, and the heads that were noted show it for ever', async () => {
    await (await server.execute('list_tasks', {})).text();
    await expect.poll(() => recordsIn(server.audit).length).toBeGreaterThan(1);
    rmSync(server.audit);
    await expect
      .poll(
        async () => {
          const health = (await (await server.get('/health')).json()) as { checks: { name: string }[] };
          return health.checks.find(({ name }) => name === 'audit');
        },
        { timeout: 15_000 },
      )
      .toMatchObject({ ok: false, message: expect.stringContaining('ended with record 0 where record') });
    expect((await server.get('/health')).status).toBe(207);
    expect(recordsIn(server.log)).toContainEqual(
      expect.objectContaining({
        level: 'error',
        msg: expect.stringContaining('records of the audit are gone'),
      }),
    );
    expect(recordsIn(server.audit)[0]).toMatchObject({
      kind: 'chain_broken',
      expected: { seq: expect.any(Number), hash: expect.any(String) },
    });
    await server.stop();
    expect((await verify()).status).toBe(1);
  });

  it('its head is noted elsewhere at the end, and `audit verify` compares it by itself', async () => {
    await (await server.execute('list_tasks', {})).text();
    await server.stop();
    const last = recordsIn(server.audit).at(-1);
    expect(readFileSync(server.heads, 'utf8')).toMatch(
      new RegExp(`^\\S+Z ${last?.['seq']}:${last?.['hash']}\n$`),
    );
    expect((await auditCommand('verify', '--config', server.configuration)).stdout).toContain(
      '1 heads are in it',
    );
    rmSync(server.audit);
    const again = await auditCommand('verify', '--config', server.configuration);
    expect(again.status).not.toBe(0);
  });
});
