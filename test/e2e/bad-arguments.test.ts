/** Calls that go wrong, through a real MCP client: what the model is told, and what is taken as it was meant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';

const HOST = '127.0.9.1';
let home: Home;
let portolan: Portolan;
beforeAll(async () => {
  home = makeHome();
  portolan = await startStdio(home, '2025-11-25', withSettings('rateLimit.scansPerMinute=0'));
});
afterAll(async () => {
  await portolan.close();
  home.remove();
});

describe('a call that cannot be read', () => {
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['quick_scan', {}, /target is missing\. What to scan: an IPv4 or IPv6 address/],
    [
      'quick_scan',
      { target: HOST, ports: '22' },
      /takes no "ports"; scan_network does, as port_range \("22,80-443"\)/,
    ],
    ['full_scan', { hosts: [HOST] }, /target is missing.*has no "hosts": it is said with target/],
    [
      'custom_scan',
      { target: HOST, ports: '22' },
      /has no "target": it is said with command .*"ports": .* command/,
    ],
    ['scan_network', { target: HOST, ports: '22' }, /has no "ports": it is said with port_range/],
    ['quick_scan', { target: HOST, host_discovery: true }, /takes no "host_discovery"; scan_network does/],
    ['get_task_status', { taskId: 'x' }, /task_id is missing.*calls "taskId" task_id/],
    [
      'quick_scan',
      { target: HOST, timeout: 'soon' },
      /timeout must be a whole number from 5 to 300, not "soon"/,
    ],
    ['quick_scan', { target: HOST, timeout: 3000 }, /timeout must be a whole number from 5 to 300, not 3000/],
    ['quick_scan', { target: HOST, strategy: 'fast' }, /strategy must be one of adaptive, plain, not "fast"/],
    ['quick_scan', { target: { a: 1 } }, /target must be a text or a list of texts\./],
    ['quick_scan', { target: [] }, /target has 0 entries; it takes at least 1/],
    ['quick_scan', { target: null }, /target is missing\. What to scan: /],
    [
      'scan_network',
      { target: HOST, host_discovery: 'maybe' },
      /host_discovery must be true or false, not "maybe"/,
    ],
    ['list_tasks', { state: 'done' }, /state must be one of pending, running, completed, failed, cancelled/],
    ['list_tasks', { since: 'yesterday' }, /since: write a moment with its time zone/],
    ['list_suspects', { file: 'x.pcap' }, /has no "file": it is said with path/],
    ['correlate', { ips: '192.0.2.1' }, /ips must be a list of texts/],
  ];
  it.each(cases)('%s %j', async (tool, args, words) => {
    const { isError, text } = await portolan.call(tool, args);
    expect(isError).toBe(true);
    expect(text).toMatch(words);
    expect(text).toMatch(new RegExp(`^invalid_argument: ${tool}: .*\\nNext: Call ${tool} with its own`, 's'));
    expect(text).not.toMatch(/Invalid input|expected|received|Unrecognized/);
  });

  it('tells all that is wrong at once', async () => {
    const { text } = await portolan.call('quick_scan', { ports: '22', timeout: 'soon' });
    expect(text).toMatch(/timeout must be/);
    expect(text).toMatch(/target is missing/);
    expect(text).toMatch(/takes no "ports"/);
  });

  it('repeats no secret', async () => {
    const secret = 'tr0ub4dor-and-3';
    const { text } = await portolan.call('scan_network', { target: HOST, ssh_pwd: { value: secret } });
    expect(text).toMatch(/ssh_pwd must be a text\./);
    expect(text).not.toContain(secret);
  });
});

describe('a call that can be meant in one way only', () => {
  it('takes "30", "true" and a list in a text', async () => {
    const list = await portolan.call('quick_scan', { target: `["${HOST}","127.0.9.2"]`, timeout: '30' });
    expect(list.structured).toMatchObject({ status: 'completed', result: { hosts_total: 2 } });
    const python = await portolan.call('quick_scan', { target: `['${HOST}', '127.0.9.2']` });
    expect(python.structured).toMatchObject({ result: { hosts_total: 2 } });
    const found = await portolan.call('scan_network', { target: HOST, host_discovery: 'true' });
    expect(found.text).toContain('no ports (host discovery alone)');
    const many = await portolan.call('correlate', { ips: '["10.0.0.1"]' });
    expect(many.structured).toMatchObject({ ok: true, results: [{ ip: '10.0.0.1' }] });
  });
});

it('takes null for an argument that need not be given, as models write that must name every one', async () => {
  const { isError, structured } = await portolan.call('quick_scan', {
    target: HOST,
    strategy: null,
    politeness: null,
    timeout: null,
  });
  expect(isError).toBe(false);
  expect(structured).toMatchObject({ result: { hosts_total: 1 } });
});

describe('plan_scan', () => {
  const plan = async (args: Record<string, unknown>) => (await portolan.call('plan_scan', args)).structured;
  const refusals = async (args: Record<string, unknown>) => {
    const planned = await plan(args);
    expect(planned).toMatchObject({ allowed: false });
    expect(planned).not.toHaveProperty('argv');
    expect(planned).not.toHaveProperty('phases');
    return (planned['refusals'] as { code: string; message: string }[]).map(
      ({ code, message }) => `${code} ${message}`,
    );
  };

  it('gives every refusal at once, beside an option that it cannot read too', async () => {
    const all = await refusals({
      command: '--bogus -oX out.xml -T9 --script vuln 8.8.8.8 169.254.169.254',
    });
    expect(all).toEqual([
      expect.stringMatching(/^invalid_option "--bogus"/),
      expect.stringMatching(/^option_not_allowed "-oX"/),
      expect.stringMatching(/^invalid_option "9" does not fit -T/),
      expect.stringMatching(/^out_of_scope 8\.8\.8\.8/),
      expect.stringMatching(/^out_of_scope 169\.254\.169\.254/),
      expect.stringMatching(/^needs_intrusive Scripts of the category vuln/),
    ]);
    expect(await refusals({ command: 'nmap -sV' })).toEqual([
      expect.stringMatching(/^invalid_argument The command begins with nmap/),
      expect.stringMatching(/^invalid_target There is no target/),
    ]);
  });

  it('as custom_scan does in its one refusal', async () => {
    const { text } = await portolan.call('custom_scan', { command: '--bogus -oX out.xml 127.0.0.1' });
    expect(text).toMatch(/^invalid_option: "--bogus" .*"-oX" is refused/s);
  });

  it('plans scan_network, by its own arguments', async () => {
    expect(await plan({ target: HOST, port_range: '22,80', strategy: 'plain' })).toMatchObject({
      allowed: true,
      argv: expect.arrayContaining(['-p', '22,80', '--', HOST]),
    });
    expect(await plan({ scan: 'scan_network', target: HOST, strategy: 'plain' })).toMatchObject({
      argv: expect.arrayContaining(['--top-ports', '100']),
    });
    expect(await plan({ target: HOST, host_discovery: 'true' })).toMatchObject({
      argv: expect.arrayContaining(['-sn']),
    });
    expect(await refusals({ target: 'a name', port_range: '70000', host_discovery: true })).toEqual([
      expect.stringMatching(/^invalid_target "a name" is not one address/),
      expect.stringMatching(/^invalid_argument scan_network: host_discovery scans no ports/),
      expect.stringMatching(/^invalid_ports "70000"/),
    ]);
  });

  it('sends nothing and stores nothing', async () => {
    await plan({ target: HOST, scan_type: 'full' });
    const tasks = (await portolan.call('list_tasks', {})).structured['tasks'] as {
      tool: string;
      target: string;
    }[];
    expect(tasks.filter(({ tool }) => tool === 'full_scan')).toEqual([]);
  });
});
