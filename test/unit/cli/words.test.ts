import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { toolArguments } from '../../../src/cli/arguments.ts';
import { clientConfigurations } from '../../../src/cli/client-configurations.ts';
import { resultText } from '../../../src/cli/result-text.ts';
import { bar, progressOn, table, wrapped } from '../../../src/cli/terminal.ts';

describe('arguments of a tool', () => {
  const schema = {
    properties: {
      target: { anyOf: [{ type: 'string' }, { type: 'array' }] },
      timeout: { type: 'integer' },
      name: { type: 'string' },
      deep: { type: 'boolean' },
      ids: { type: 'array' },
    },
  };

  test.each([
    [['timeout=30', 'deep=true', 'name=5'], { timeout: 30, deep: true, name: '5' }],
    [['target=10.0.0.1'], { target: '10.0.0.1' }],
    [['target=["10.0.0.1","10.0.0.2"]'], { target: ['10.0.0.1', '10.0.0.2'] }],
    [['ids=a,b'], { ids: ['a', 'b'] }],
    [['name=a=b c'], { name: 'a=b c' }],
    [['name='], { name: '' }],
    // For the tool to refuse, which knows the tool that takes it.
    [['ports=80'], { ports: '80' }],
  ])('%j', (pairs, expected) => {
    expect(toolArguments('any', schema, pairs)).toEqual(expected);
  });

  test.each([
    [['timeout=soon'], 'timeout=soon is not a number'],
    [['deep=yes'], 'neither true nor false'],
    [['target=["10.0.0.1"'], 'is not JSON'],
    [['30'], 'is not key=value'],
    [['tiemout=30'], 'has no argument "tiemout"'],
    [['__proto__=1'], 'has no argument "__proto__"'],
    [['ports=80', 'ports=81'], 'has no argument "ports"'],
  ])('%j is refused', (pairs, message) => {
    expect(() => toolArguments('any', schema, pairs)).toThrow(message);
  });
});

test('every JSON that is to be pasted is JSON, with and without a token', () => {
  for (const needsToken of [true, false]) {
    const text = clientConfigurations('http://127.0.0.1:8765/mcp', needsToken);
    const blocks = text.split(/^# .*$/m).filter((block) => block.trim().startsWith('{'));
    expect(blocks).toHaveLength(3);
    for (const block of blocks)
      expect(JSON.stringify(JSON.parse(block))).toContain('http://127.0.0.1:8765/mcp');
    expect(text.includes('Bearer')).toBe(needsToken);
  }
});

test('the address with the token is shown where the server takes it, and never the token itself', () => {
  const url = 'http://127.0.0.1:8765/mcp';
  expect(clientConfigurations(url, true, true)).toContain(`"url": "${url}?token=\${PORTOLAN_TOKEN}"`);
  expect(clientConfigurations(url, true, false)).not.toContain('?token=');
  expect(clientConfigurations(url, false, true)).not.toContain('?token=');
});

test('a result in words says what was found and what was not tested', async () => {
  const text = await resultText({
    status: 'failed',
    task_id: 'abc',
    error: { code: 'nmap_failed', message: 'nmap was killed.', next: 'Scan again.' },
    result: {
      target: '10.0.0.0/30',
      ports_asked: 'the 100 most common TCP ports',
      report: 'scan://t1/report.md',
      started_at: '2026-11-20T07:00:00.000Z',
      scan_time: 1.5,
      hosts_up: 1,
      hosts_done: 1,
      hosts_total: 4,
      open_ports: 1,
      partial: true,
      notice: '',
      coverage: [{ kind: 'cut_off', hosts: ['10.0.0.2'], message: 'the scan ended before this host' }],
      hosts: [
        {
          address: '10.0.0.1',
          status: 'up',
          hostnames: [{ name: 'gate.lab.internal', type: 'PTR' }],
          ports: [
            {
              port: 443,
              protocol: 'tcp',
              state: 'open',
              service: 'http',
              tunnel: 'ssl',
              method: 'probed',
              product: 'nginx',
              version: 'nginx 1.27',
              product_version: '1.27',
              scripts: [{ id: 'http-title', output: 'Hello' }],
            },
          ],
          other_ports: [{ state: 'filtered', count: 99, reasons: [{ reason: 'no-response', count: 99 }] }],
        },
      ],
    },
  });
  for (const part of [
    '10.0.0.1 up · gate.lab.internal',
    '443/tcp',
    'ssl/http',
    'nginx 1.27',
    'http-title: Hello',
    '99 more filtered (no-response)',
    'Not tested: the scan ended before this host (10.0.0.2)',
    'nmap_failed: nmap was killed.',
    'Next: Scan again.',
    'failed: 1 of 4 addresses up, 1 open port, 1.5 s, task abc',
  ]) {
    expect(text).toContain(part);
  }
});

test('a long finding is broken between words where the terminal is narrow', () => {
  const { columns } = process.stdout;
  try {
    process.stdout.columns = 30;
    expect(wrapped('work here: -sT (connect), scripts and more', 8)).toBe(
      'work here: -sT\n        (connect), scripts and\n        more',
    );
  } finally {
    process.stdout.columns = columns;
  }
});

test('a table lines up wide characters; a bar stays a bar', async () => {
  const lines = (
    await table(
      ['name', 'x'],
      [
        ['日本', '1'],
        ['abcdef', '2'],
      ],
    )
  ).split('\n');
  expect(lines).toEqual(['name    x', '日本    1', 'abcdef  2']);
  expect(bar(50, 10)).toBe('[#####.....]  50 %');
  expect(bar(250, 4)).toBe('[####] 250 %');
});

test('a table that is wider than its terminal is broken between words, in its widest column', async () => {
  const about = 'Scan a network from here or from another machine that is reached over the secure shell';
  const rows = [
    ['scan_network', about, '1'],
    ['x', 'short', '2'],
  ];
  const whole = await table(['tool', 'what it does', 'n'], rows);
  const { columns } = process.stdout;
  process.stdout.columns = 60;
  try {
    const lines = (await table(['tool', 'what it does', 'n'], rows)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    const words = lines.join(' ').split(/\s+/);
    for (const word of about.split(' ')) expect(words).toContain(word);
    expect(lines.length).toBeGreaterThan(3);
  } finally {
    process.stdout.columns = columns;
  }
  expect(whole.split('\n')).toHaveLength(3);
});

test('a word that fits no column is not cut', async () => {
  const { columns } = process.stdout;
  process.stdout.columns = 40;
  try {
    const network = 'fd00:1234:5678:9abc:def0:1234:5678:9abc/126';
    expect(await table(['task', 'target'], [['abcdefghjkmnpq', `127.0.0.1, ${network}`]])).toContain(network);
  } finally {
    process.stdout.columns = columns;
  }
});

test('sentences of a result are broken between words where the terminal is narrow', async () => {
  const said =
    'A second sweep of the ports that were silent, at another rate and in another order, agreed with the first.';
  const answer = {
    status: 'failed' as const,
    task_id: 'abc',
    error: { code: 'nmap_failed' as const, message: said, next: said },
    result: {
      target: '10.0.0.1',
      ports_asked: 'TCP ports 1',
      report: 'scan://t1/report.md',
      started_at: '2026-11-20T07:00:00.000Z',
      scan_time: 1.5,
      hosts_up: 0,
      hosts_done: 0,
      hosts_total: 1,
      open_ports: 0,
      partial: true,
      notice: '',
      coverage: [
        { kind: 'strategy' as const, message: said },
        { kind: 'cut_off' as const, message: said },
      ],
      hosts: [],
    },
  };
  const { columns } = process.stdout;
  process.stdout.columns = 60;
  try {
    const text = stripVTControlCharacters(await resultText(answer));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text.split(/\s+/).join(' ').split(said)).toHaveLength(5);
  } finally {
    process.stdout.columns = columns;
  }
});

test('progress is a bar with one percentage and the part that runs', () => {
  const shown: string[] = [];
  const progress = progressOn({ show: (text) => shown.push(text()), clear: () => {} });
  progress(90, 'SYN Stealth Scan');
  progress(92.4, 'Service scan');
  expect(shown).toEqual([`${bar(90)} SYN Stealth Scan`, `${bar(92.4)} Service scan`]);
  expect(shown[1]).toMatch(/] {2}92 % Service scan$/);
});

const EMPTY = {
  target: '10.0.0.1, 10.0.0.2',
  ports_asked: 'the 100 most common TCP ports',
  report: 'scan://t1/report.md',
  started_at: '2026-11-20T07:00:00.000Z',
  scan_time: 1.5,
  hosts_up: 0,
  hosts_done: 2,
  hosts_total: 2,
  open_ports: 0,
  partial: false,
  notice: '',
  coverage: [],
  hosts: [],
};

test('where no host answers a ping, the scan that asks anyway is named', async () => {
  const result = EMPTY;
  const words = (more: object) =>
    resultText({ status: 'completed', task_id: 'abc', result: { ...result, ...more } });
  const hint = 'portolan scan --options "-Pn" 10.0.0.1 10.0.0.2';
  const asked = { status: 'completed' as const, task_id: 'abc', result };
  // It asks for the same ports again, not for others.
  expect(await resultText(asked, '-sV -p 22')).toContain('portolan scan --options "-Pn -sV -p 22" 10.0.0.1');
  expect(await resultText(asked, '--script "a and b"')).toContain('--options "-Pn …"');
  expect(await words({})).toContain(hint);
  expect(await words({ argv: ['-Pn', '--', '10.0.0.1'] })).not.toContain(hint);
  expect(await words({ argv: ['-sL', '--', '10.0.0.1'] })).not.toContain(hint);
  expect(await words({ hosts_up: 1 })).not.toContain(hint);
});

test('many hosts without open ports are told together, with what else is known of them', async () => {
  const idle = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      address: `10.0.0.${index}`,
      status: 'up' as const,
      ports: [],
      other_ports: [{ state: 'closed' as const, count: 100, reasons: [{ reason: 'reset', count: 100 }] }],
      ...(index === 7 ? { hostnames: [{ name: 'printer.lan', type: 'PTR' }] } : {}),
    }));
  const web = {
    address: '10.0.1.1',
    status: 'up' as const,
    ports: [{ port: 80, protocol: 'tcp' as const, state: 'open' as const }],
  };
  const told = async (count: number) =>
    (
      await resultText({
        status: 'completed',
        task_id: 't1',
        result: { ...EMPTY, hosts: [web, ...idle(count)] },
      })
    ).split('\n');
  const many = await told(256);
  expect(many.slice(4, 7)).toEqual([
    '256 hosts without open ports: 100 closed (reset): 10.0.0.0/24',
    '10.0.0.7 up · printer.lan',
    '',
  ]);
  expect(many[0]).toBe('10.0.1.1 up');
  expect(many.length).toBeLessThan(15);
  expect((await told(20)).filter((line) => line.startsWith('10.0.0.'))).toHaveLength(20);
});
