/** The inventory through a real MCP client and real scans: what is there, what changed, what was decided. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts, type Listener, listen } from './listeners.ts';
import { type Home, makeHome, type Portolan, startStdio, untilSaid, withSettings } from './portolan.ts';

const HOST = '127.0.11.5';
let port: number;
let steady: Listener;
let passing: Listener | undefined;
let home: Home;
let portolan: Portolan;

beforeAll(async () => {
  port = await freePorts(3);
  steady = await listen(HOST, port, 'hello\r\n');
  home = makeHome();
  portolan = await startStdio(
    home,
    '2026-07-28',
    withSettings('rateLimit.scansPerMinute=0', 'tools.toolsets=scan,tasks,inventory,inventory_admin'),
  );
});
afterAll(async () => {
  await portolan.close();
  await steady.close();
  await passing?.close();
  home.remove();
});

async function scan(): Promise<string> {
  const { structured } = await portolan.call('custom_scan', {
    command: `-sT -Pn -n -p ${port}-${port + 2} ${HOST}`,
  });
  expect(structured).toMatchObject({ status: 'completed' });
  return String(structured['task_id']);
}

const until = (tool: string, args: Record<string, unknown>, sign: RegExp) =>
  untilSaid(portolan, tool, args, sign);

describe('three scans of a host on which a port opens and closes', () => {
  const tasks: string[] = [];
  let change = '';

  it('the first is what there is, and no news', async () => {
    tasks.push(await scan());
    const found = await until('find_assets', {}, /1 host in the inventory/);
    expect(found).toContain(`${HOST}: ${port}, now`);
    const news = await until('what_changed', { since: '1h', min_severity: 'low' }, /changes between/);
    expect(news).toMatch(/^0 changes/);
  });

  it('a port that opened is a change, told with what was before', async () => {
    passing = await listen(HOST, port + 1, 'hello\r\n');
    tasks.push(await scan());
    const news = await until('what_changed', { since: '1h' }, /port\.opened/);
    expect(news).toMatch(new RegExp(`medium port\\.opened: ${HOST} ${port + 1}/tcp; not open → open`));
    change = /(\S+) medium port\.opened/.exec(news)?.[1] ?? '';
    const list = await portolan.call('find_assets', { query: `port:${port + 1} net:127.0.11.0/24` });
    expect(list.text).toContain(`${port + 1}!`);
    expect((await portolan.call('find_assets', { query: `port:${port + 2}` })).text).toContain('No host');
  });

  it('is told with the result of its scan', async () => {
    const { structured, text } = await portolan.call('get_task_result', { task_id: String(tasks[1]) });
    expect(structured).toMatchObject({
      changes_total: 1,
      changes: [expect.stringContaining(`port.opened: ${HOST} ${port + 1}/tcp`)],
    });
    expect(text).toContain('1 change with this scan:');
    const first = await portolan.call('get_task_result', { task_id: String(tasks[0]) });
    expect(first.structured).toMatchObject({ changes_total: 0 });
  });

  it('between two tasks is what happened between them', async () => {
    const { structured } = await portolan.call('what_changed', { since: `${tasks[0]}..${tasks[1]}` });
    expect(structured).toMatchObject({ total: 1, changes: [{ kind: 'port.opened' }] });
  });

  it('a decision is kept with its reason, and can be undone', async () => {
    const decided = await portolan.call('accept_changes', {
      changes: [change],
      decision: 'accept',
      reason: 'new service',
    });
    expect(decided.structured).toMatchObject({
      changes: [{ state: 'accepted', decided_by: 'local', reason: 'new service' }],
    });
    expect(decided.structured['expected']).toEqual([
      expect.stringMatching(new RegExp(`^${HOST} ${port + 1}/tcp may be open: new service \\(local, `)),
    ]);
    const list = await portolan.call('find_assets', { query: `port:${port + 1}` });
    expect(list.text).not.toContain('!,');
    expect((await portolan.call('get_asset', { asset: HOST })).text).toMatch(
      /Expected:\n.*may be open: new service/,
    );
    const undone = await portolan.call('accept_changes', { changes: [change], decision: 'undo' });
    expect(undone.structured).toMatchObject({ changes: [{ state: 'open' }] });
    expect((await portolan.call('get_asset', { asset: HOST })).text).not.toContain('Expected:');
  });

  it('one closed answer is no change yet, two are', async () => {
    await passing?.close();
    passing = undefined;
    tasks.push(await scan());
    const first = await until('what_changed', { since: `${tasks[1]}..${tasks[2]}` }, /0 changes/);
    expect(first).not.toContain('port.closed');
    tasks.push(await scan());
    await until('what_changed', { since: '1h' }, /port\.closed/);
    const whole = await portolan.call('get_asset', { asset: HOST });
    expect(whole.text).toContain(`${port + 1}/tcp closed`);
    expect(whole.text).toContain(`${port}/tcp open`);
    expect(whole.text).toContain('One host because');
  });

  it('"last" tells each change once to one who asks', async () => {
    const first = await portolan.call('what_changed', { since: 'last' });
    expect(first.text).toContain('port.closed');
    const again = await portolan.call('what_changed', { since: 'last' });
    expect(again.text).toMatch(/^0 changes/);
  });
});

describe('what is expected', () => {
  let entry = '';

  it('of what is open now is kept with its reason', async () => {
    const said = await portolan.call('set_expectations', { present: `net:${HOST}`, reason: 'as built' });
    expect(said.structured).toMatchObject({
      removed: 0,
      added: [{ ports: String(port), effect: 'allow', reason: 'as built', approved_by: 'local' }],
    });
    const [added] = said.structured['added'] as { expectation_id: string }[];
    entry = added?.expectation_id ?? '';
    const again = await portolan.call('set_expectations', { present: `net:${HOST}`, reason: 'once more' });
    expect(again.structured).toMatchObject({ added: [] });
  });

  it('must be open and is not, or is open and not expected, in both directions', async () => {
    await portolan.call('set_expectations', {
      add: [{ hosts: `net:${HOST}`, ports: String(port + 2), effect: 'require', reason: 'the new database' }],
    });
    passing = await listen(HOST, port + 1, 'hello\r\n');
    await scan();
    const drift = await until('list_expectations', {}, /not expected/);
    expect(drift).toContain(`${HOST} ${port + 1}/tcp: open and not expected`);
    expect(drift).toContain(`${HOST} ${port + 2}/tcp: must be open and is not`);
    const news = await portolan.call('what_changed', { since: '1h', query: 'is:unexpected' });
    expect(news.text).toMatch(new RegExp(`high port\\.opened: ${HOST} ${port + 1}/tcp`));
  });

  it('makes a change info when it is as expected, and no incident', async () => {
    const late = await listen(HOST, port + 2, 'hello\r\n');
    await scan();
    const news = await until('what_changed', { since: '1h' }, new RegExp(`${port + 2}/tcp`));
    await late.close();
    expect(news).toMatch(new RegExp(`info port\\.opened: ${HOST} ${port + 2}/tcp`));
    const { structured } = await portolan.call('what_changed', { since: '1h' });
    const changes = structured['changes'] as { port?: string; rule: string; state: string }[];
    expect(changes.find((one) => one.port === `${port + 2}/tcp`)).toMatchObject({
      rule: 'R17',
      state: 'closed',
    });
  });

  it('is taken back by its id, and then says nothing', async () => {
    expect((await portolan.call('set_expectations', { remove: [entry] })).structured).toMatchObject({
      removed: 1,
    });
    expect((await portolan.call('set_expectations', { remove: [entry] })).structured).toMatchObject({
      removed: 0,
    });
  });

  it('is refused when it says nothing, or of a host that cannot be read', async () => {
    for (const [args, words] of [
      [{}, 'Nothing was said'],
      [{ present: '' }, 'a reason is needed'],
      [{ present: 'net:192.0.2.0/24', reason: 'x' }, 'No host of the inventory matches'],
      [{ add: [{ hosts: 'prot:22', ports: '22', reason: 'x' }] }, 'Did you mean port:'],
      [{ add: [{ hosts: 'port:22', ports: '99999', reason: 'x' }] }, 'beyond 65535'],
    ] as const) {
      const { isError, text } = await portolan.call('set_expectations', args);
      expect(isError, JSON.stringify(args)).toBe(true);
      expect(text).toContain(words);
    }
  });

  it('people say what a host is, against what is seen', async () => {
    const edited = await portolan.call('edit_asset', {
      asset: HOST,
      name: 'lab-one',
      tags: ['web'],
      criticality: 'high',
    });
    expect(edited.text).toContain('lab-one');
    await scan();
    await until('find_assets', { query: 'tag:web name:lab-one' }, /1 host/);
    const { isError, text } = await portolan.call('join_assets', {
      a: HOST,
      b: 'lab-one',
      decision: 'one_host',
      reason: 'x',
    });
    expect(isError).toBe(true);
    expect(text).toContain('Both are the same host');
  });
});

describe('what cannot be answered', () => {
  it.each([
    ['get_asset', { asset: '127.0.99.99' }, 'asset_not_found'],
    ['find_assets', { query: 'prot:22' }, 'invalid_argument'],
    ['what_changed', { since: 'yesterday' }, 'invalid_argument'],
    ['what_changed', { since: 'aaaaaaaa..bbbbbbbb' }, 'task_not_found'],
    ['accept_changes', { changes: ['e_none'], decision: 'accept' }, 'change_not_found'],
  ])('%s %j is %s, with what to do next', async (tool, args, code) => {
    const { isError, text } = await portolan.call(tool, args);
    expect(isError).toBe(true);
    expect(text).toContain(code);
  });

  it('an unknown word of a query names the nearest', async () =>
    expect((await portolan.call('find_assets', { query: 'prot:22' })).text).toContain('port'));
});

describe('pages of the inventory', () => {
  it('are resources that say the same', async () => {
    const read = async (uri: string) => {
      const { contents } = await portolan.client.readResource({ uri });
      const [content] = contents;
      return content && 'text' in content ? content.text : '';
    };
    expect(await read('inventory://default/summary')).toContain(HOST);
    expect(await read('changes://default/open')).toContain('Not compared');
    expect(await read('coverage://default')).toContain(HOST.replace(/\d+$/, '0/24'));
  });
});
