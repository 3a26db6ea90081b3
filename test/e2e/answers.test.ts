/** What a model reads of scans, through a real MCP client: the list of tools, and answers large and small. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import { type Answer, type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';

const NET = '127.0.9';
const OPEN = 60;
let port: number;
let listeners: Listener[];
let home: Home;
let portolan: Portolan;

beforeAll(async () => {
  port = await freePorts(2);
  listeners = await Promise.all([
    ...Array.from({ length: OPEN }, (_, index) => listen(`${NET}.${index + 10}`, port, 'hello\r\n')),
    listen(`${NET}.10`, port + 1, 'hello\r\n'),
  ]);
  home = makeHome();
  portolan = await startStdio(home, '2026-07-28', withSettings('rateLimit.scansPerMinute=0'));
});
afterAll(async () => {
  await portolan.close();
  await Promise.all(listeners.map((listener) => listener.close()));
  home.remove();
});

interface Result {
  started_at: string;
  ports_asked: string;
  argv: string[];
  report: string;
  hosts: { address: string; ports: { port: number; state: string }[] }[];
  shown?: { from: number; to: number; of: number };
  folded?: { hosts: number; found: string; addresses: string }[];
  by_port?: { port: number; hosts: number; addresses: string }[];
  next_cursor?: string;
}
const resultOf = (answer: Answer) => answer.structured['result'] as Result;
const addresses = (answer: Answer) => resultOf(answer).hosts.map(({ address }) => address);
const call = async (name: string, args: Record<string, unknown>) => {
  const answer = await portolan.call(name, args);
  expect(answer.isError, answer.text).toBe(false);
  return answer;
};

describe('the list of tools', () => {
  const listed = async () => (await portolan.client.listTools()).tools;

  it('stays small: it stands in the context of every conversation', async () => {
    // 63,100 characters (15,800 tokens of o200k) before shapes were said once, 35,000 (8,600) then; 41,300 with the
    // four tools of the inventory, 42,100 with what suspects never were asked for by us; 42,700 with
    // systems, tags and order of hosts, and what asks for a scan again.
    expect(JSON.stringify(await listed()).length).toBeLessThan(42_800);
  });

  it('says no shape twice, no bounds of JavaScript, and refers to nothing', async () => {
    const tools = await listed();
    const text = JSON.stringify(tools);
    expect(text).not.toContain('9007199254740991');
    expect(text).not.toContain('$ref');
    const whole = tools.filter(({ outputSchema }) => JSON.stringify(outputSchema).includes('"hosts_total"'));
    // A result, and the status of a task.
    expect(whole.map(({ name }) => name)).toEqual(['quick_scan', 'get_task_status']);
    for (const { name, outputSchema } of tools) expect(outputSchema?.type, name).toBe('object');
    expect(tools.find(({ name }) => name === 'full_scan')?.outputSchema).toEqual({
      type: 'object',
      description: 'As quick_scan.',
    });
  });

  it('tells scans and packet captures apart', async () => {
    const about = Object.fromEntries(
      (await listed()).map(({ name, description = '' }) => [name, description]),
    );
    for (const name of ['scan_overview', 'list_suspects', 'first_scan_event']) {
      expect(about[name], name).toMatch(/^For a packet capture/);
    }
    expect(about['get_task_result']).toMatch(/not of a packet capture/);
  });

  it('offers scanner only where one is configured, and then by name', async () => {
    const scannerOf = async (client: Portolan) => {
      const { tools } = await client.client.listTools();
      const { inputSchema } = tools.find(({ name }) => name === 'quick_scan') ?? {};
      return inputSchema?.properties?.['scanner'];
    };
    const refusal = async (client: Portolan) => (await client.call('quick_scan', { node: 'x' })).text;
    expect(await scannerOf(portolan)).toBeUndefined();
    expect(await refusal(portolan)).not.toMatch(/scanner/);
    const other = makeHome();
    const folder = join(other.folder, '.config', 'portolan');
    mkdirSync(folder, { recursive: true });
    const scanners = { dmz: { host: '127.0.0.1', user: 'nobody', key: join(other.folder, 'key') } };
    writeFileSync(join(folder, 'portolan.json'), JSON.stringify({ scanners }), { mode: 0o600 });
    const second = await startStdio(other);
    expect(await scannerOf(second)).toMatchObject({ type: 'string', enum: ['dmz'] });
    expect(await refusal(second)).toMatch(/"node": it is said with scanner.*its own arguments: .*scanner/s);
    await second.close();
    other.remove();
  });

  it('fits the answers that are given', async () => {
    const ajv = new Ajv2020({ strict: false });
    const schemas = new Map((await listed()).map(({ name, outputSchema }) => [name, outputSchema]));
    const { structured } = await call('quick_scan', { target: `${NET}.10` });
    const answers: [string, Record<string, unknown>][] = [
      ['quick_scan', structured],
      ['get_task_result', (await call('get_task_result', { task_id: structured['task_id'] })).structured],
      ['get_task_status', (await call('get_task_status', { task_id: structured['task_id'] })).structured],
      ['scan_network', (await call('scan_network', { target: `${NET}.10` })).structured],
      ['list_tasks', (await call('list_tasks', {})).structured],
      ['plan_scan', (await call('plan_scan', { target: `${NET}.10` })).structured],
    ];
    for (const [name, answer] of answers) {
      const validate = ajv.compile(JSON.parse(JSON.stringify(schemas.get(name))));
      expect(validate(answer), `${name}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  });
});

describe('an answer by its text alone, and by its facts alone', () => {
  it('says when it ran, which ports were asked and with which command', async () => {
    const answer = await call('custom_scan', { command: `-p ${port},${port + 1} ${NET}.10` });
    const { started_at, ports_asked, argv, report } = resultOf(answer);
    expect(ports_asked).toBe(`TCP ports ${port},${port + 1}`);
    expect(argv).toEqual(expect.arrayContaining(['-p', `${port},${port + 1}`, '--', `${NET}.10`]));
    expect(Date.now() - Date.parse(started_at)).toBeLessThan(60_000);
    for (const fact of [started_at, ports_asked, `nmap ${argv.join(' ')}`, report]) {
      expect(answer.text).toContain(fact);
    }
  });

  it('of scan_network as well', async () => {
    const { text, structured } = await call('scan_network', { target: `${NET}.10`, port_range: `${port}` });
    const run = structured['run'] as Result;
    expect(run.ports_asked).toBe(`TCP ports ${port}`);
    expect(run.argv).toContain(`${NET}.10`);
    for (const fact of [run.started_at, run.ports_asked, `nmap ${run.argv.join(' ')}`, run.report]) {
      expect(text).toContain(fact);
    }
  });

  it('has every fact of the hosts in both, when all is asked for', async () => {
    const { structured } = await call('custom_scan', {
      command: `-sV --version-light --script banner -p ${port},${port + 1},1 ${NET}.10`,
      timeout: 60,
    });
    const full = await call('get_task_result', { task_id: structured['task_id'], detail: 'full' });
    const facts: string[] = [];
    JSON.stringify(resultOf(full).hosts, (key, value) => {
      // How sure nmap is of a service shows as "?"; the kind of a name and that a probe was answered do not matter.
      if (['method', 'confidence', 'type'].includes(key)) return undefined;
      if (typeof value === 'string') facts.push(...value.split('\n').map((line) => line.trim()));
      if (typeof value === 'number') facts.push(String(value));
      return value;
    });
    expect(facts.length).toBeGreaterThan(10);
    // What has no column of its own stands in the text as JSON.
    const isTold = (fact: string) =>
      full.text.includes(fact) || full.text.includes(JSON.stringify(fact).slice(1, -1));
    expect(facts.filter((fact) => fact !== 'syn-ack' && !isTold(fact))).toEqual([]);
  });
});

describe('a large result', () => {
  it('of 1,024 live hosts with nothing open is one short page', async () => {
    const answer = await call('custom_scan', {
      command: '-n -T4 --min-rate 5000 -p 1-100 127.0.200.0/22',
      timeout: 100,
    });
    const result = resultOf(answer);
    expect(result).toMatchObject({
      hosts: [],
      folded: [{ hosts: 1024, found: '100 closed (reset)', addresses: '127.0.200.0/22' }],
    });
    expect(result.next_cursor).toBeUndefined();
    expect(answer.text).toContain('1,024 hosts: 100 closed (reset): 127.0.200.0/22');
    expect(answer.text.length).toBeLessThan(1200);
    expect(JSON.stringify(answer.structured).length).toBeLessThan(2500);
    const network = await call('scan_network', { target: '127.0.200.0/24', port_range: '1-100' });
    expect(network.structured).toMatchObject({
      data: { up_host_count: 256, results: [], folded: [{ hosts: 256 }] },
    });
    expect(JSON.stringify(network.structured).length).toBeLessThan(2500);
  });

  describe('of a network with open ports on many hosts', () => {
    let task: string;
    let first: Answer;
    beforeAll(async () => {
      first = await call('custom_scan', {
        command: `-n -T4 --min-rate 5000 -p ${port},${port + 1} ${NET}.0/24`,
        timeout: 100,
      });
      task = first.structured['task_id'] as string;
    });
    const choose = async (args: Record<string, unknown>) =>
      await call('get_task_result', { task_id: task, ...args });

    it('begins with the digest and the hosts that have open ports; those without come last and together', async () => {
      expect(resultOf(first).by_port).toEqual([
        expect.objectContaining({ port, hosts: OPEN, addresses: expect.stringContaining(`${NET}.10-41`) }),
        expect.objectContaining({ port: port + 1, hosts: 1, addresses: `${NET}.10` }),
      ]);
      expect(first.text).toMatch(new RegExp(`${port}/tcp.*: 60 hosts \\(${NET}\\.10-41`));
      expect(addresses(first)[0]).toBe(`${NET}.10`);
      expect(first.text).toContain('Hosts 1–50 of 60');
      expect(resultOf(first)).toMatchObject({ shown: { from: 1, to: 50, of: OPEN } });
      expect(resultOf(first).folded).toBeUndefined();
      const second = await choose({ cursor: resultOf(first).next_cursor });
      expect(second.text).toContain('Hosts 51–60 of 60');
      expect(resultOf(second)).toMatchObject({
        shown: { from: 51, to: 60, of: OPEN },
        folded: [{ hosts: 256 - OPEN, addresses: `${NET}.0-9, ${NET}.70-255` }],
      });
      expect(resultOf(second).by_port).toBeUndefined();
      expect(resultOf(second).next_cursor).toBeUndefined();
      expect([...addresses(first), ...addresses(second)]).toHaveLength(OPEN);
    });

    it('is chosen from by port, host and openness', async () => {
      const byPort = await choose({ port: String(port + 1) });
      expect(resultOf(byPort).hosts).toMatchObject([{ address: `${NET}.10`, ports: [{ port: port + 1 }] }]);
      expect(byPort.text).toContain(`Shown: port ${port + 1} open.`);
      expect(addresses(await choose({ host: `${NET}.200` }))).toEqual([`${NET}.200`]);
      expect(addresses(await choose({ host: `${NET}.8/30` }))).toEqual(
        [10, 11, 8, 9].map((n) => `${NET}.${n}`),
      );
      const open = await choose({ open_only: true, host: `${NET}.10-12` });
      expect(resultOf(open).hosts[1]?.ports).toEqual([expect.objectContaining({ port, state: 'open' })]);
      expect(open.text).not.toContain('closed');
      const none = await choose({ port: '1' });
      expect(none.text).toContain('Of 256 hosts that are up none fits: port 1 open.');
    });

    it('is chosen from by the time of the report', async () => {
      const { started_at } = resultOf(first);
      expect(resultOf(await choose({ since: started_at })).shown).toMatchObject({ of: OPEN });
      expect(addresses(await choose({ since: '2099-01-01T00:00:00Z' }))).toEqual([]);
      const since = async (moment: string) =>
        (await call('list_tasks', { since: moment })).structured['tasks'];
      // A task is asked for by when it was asked, the report by when nmap began: a minute covers the wait between them.
      const minuteBefore = new Date(Date.parse(started_at) - 60_000).toISOString().replace(/\.\d+/, '');
      expect(await since(minuteBefore)).toContainEqual(expect.objectContaining({ task_id: task }));
      expect(await since('2099-01-01T00:00:00+02:00')).toEqual([]);
    });

    it('lists every host when all is asked for', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await choose({ detail: 'full', ...(cursor ? { cursor } : {}) });
        seen.push(...addresses(page));
        cursor = resultOf(page).next_cursor;
      } while (cursor && seen.length < 1000);
      expect(seen).toHaveLength(256);
      expect(new Set(seen).size).toBe(256);
    });
  });
});
