/** The capture tools from outside: shapes, stable error codes, paging, documents, on captures written here. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureDependencies, CaptureSettings } from '../../src/captures/service.ts';
import { LOCAL_CALLER } from '../../src/core/caller.ts';
import { PortolanError } from '../../src/core/errors.ts';
import { correlate } from '../../src/tools/addresses/correlate.ts';
import { enrichIp } from '../../src/tools/addresses/enrich-ip.ts';
import type { AnyTool, ToolContext } from '../../src/tools/call/define-tool.ts';
import { createRegistry } from '../../src/tools/call/registry.ts';
import { firstScanEvent } from '../../src/tools/captures/first-scan-event.ts';
import { listSuspects } from '../../src/tools/captures/list-suspects.ts';
import { captureReports } from '../../src/tools/captures/reports.ts';
import { scanOverview } from '../../src/tools/captures/scan-overview.ts';
import { joinResources } from '../../src/tools/documents/join-resources.ts';
import { startHttp } from '../../src/transports/http/server.ts';
import { factsOf } from '../../src/transports/mcp/result.ts';
import {
  CAPTURE_TOOLS,
  captureSession,
  START,
  writeCaptures,
} from '../unit/captures-access/capture-session.ts';
import { pcap } from '../unit/captures-access/pcap-writer.ts';

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let base: string;
let folder: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'portolan-captures-'));
  folder = await writeCaptures(base);
});
afterAll(() => rm(base, { recursive: true }));

const session = (settings: Partial<CaptureSettings> = {}, dependencies: CaptureDependencies = {}) =>
  captureSession(folder, settings, dependencies);

/** The structured answer of a call that must succeed, checked against the tool's own output schema. */
async function ask(tool: AnyTool, args: unknown, from = session()): Promise<Record<string, unknown>> {
  const outcome = await from.call(tool.name, args);
  expect(outcome).toMatchObject({ ok: true });
  expect(tool.output.parse(outcome.structured)).toEqual(outcome.structured);
  expect(outcome.structured).toMatchObject({ ok: true, generated_at: expect.stringMatching(UTC) });
  expect(outcome.text.length).toBeLessThan(7000);
  return outcome.structured;
}

/** The error code of a call that must fail, in the one failure shape. */
async function codeOf(tool: string, args: unknown, from = session()): Promise<unknown> {
  const outcome = await from.call(tool, args);
  expect(outcome.ok).toBe(false);
  expect(outcome.structured).toEqual({
    ok: false,
    error: expect.any(String),
    message: expect.any(String),
    generated_at: expect.stringMatching(UTC),
  });
  expect(JSON.stringify(outcome.structured)).not.toContain(base);
  return outcome.structured['error'];
}

describe('scan_overview', () => {
  it('has the shape of the contract and counts only the scan', async () => {
    const { overview } = await ask(scanOverview, { path: 'office.pcap', top_k: 100 });
    expect(overview).toMatchObject({
      file: 'office.pcap',
      total_pkts: 442,
      interval_s: expect.any(Number),
      scanners: [
        {
          ip: '10.1.0.66',
          pkts: expect.any(Number),
          probes: 100,
          distinct_ports: 100,
          distinct_hosts: 1,
          flag_stats: expect.objectContaining({ SYN: 100, FIN: 0, NULL: 0, XMAS: 0 }),
        },
      ],
      targets: [{ ip: '10.1.0.10', pkts: expect.any(Number), ports_hit: 100 }],
      port_distribution: expect.arrayContaining([{ port: 22, hits: expect.any(Number) }]),
      suspected_patterns: ['syn_scan'],
    });
  });

  it('cuts its lists to top_k and its timeline to slices of time_window_s', async () => {
    const { overview } = await ask(scanOverview, { path: 'slow.pcap', top_k: 5, time_window_s: 600 });
    expect(overview).toMatchObject({
      port_distribution: { length: 5 },
      totals: { scanners: 1, targets: 1, ports: 60 },
    });
    const { timeline } = overview as { timeline: { window_s: number; probes: number[] } };
    expect(timeline.probes.reduce((sum, count) => sum + count, 0)).toBe(60);
    expect(timeline.window_s).toBeGreaterThanOrEqual(300);
  });

  it('names no scanner where nobody scanned', async () => {
    const { overview } = await ask(scanOverview, { path: 'nobody.pcap' });
    expect(overview).toMatchObject({ total_pkts: 0, scanners: [], targets: [], suspected_patterns: [] });
  });
});

describe('a capture that cannot be opened', () => {
  it.each([scanOverview, listSuspects, firstScanEvent])(
    'is not called free of scans by $name',
    async (tool) => {
      const outcome = await session().call(tool.name, { path: 'usb.pcap' });
      expect(tool.output.parse(outcome.structured)).toEqual(outcome.structured);
      expect(outcome.structured).toMatchObject({
        unread: [{ what: 'in link type 189 (USB)', packets: 442 }],
        notes: ['442 of 442 packets are in link type 189 (USB): they were not opened.'],
      });
      expect(outcome.text).toContain('442 of 442 packets are in link type 189 (USB)');
      expect(outcome.text).toContain('Whether anybody scanned cannot be told');
      expect(outcome.text).not.toMatch(/No scan was found|No suspects/);
    },
  );
});

describe('list_suspects', () => {
  it('gives each scan with its evidence, and nobody else', async () => {
    const { suspects, total } = await ask(listSuspects, { path: 'office.pcap' });
    expect(total).toBe(1);
    expect(suspects).toMatchObject([
      {
        ip: '10.1.0.66',
        kind: 'vertical',
        technique: 'syn',
        distinct_ports: 100,
        flags_seen: ['SYN'],
        ports: '1-100',
        slow: false,
        answers: {
          open: { count: 2, targets: [{ ip: '10.1.0.10', ports: '22,80' }] },
          closed: { count: 98 },
        },
        first_seen: START,
        first_probe: { dst: '10.1.0.10', port: 1, time: '2026-09-21T14:13:20.000Z' },
      },
    ]);
    const [suspect] = suspects as {
      confidence: number;
      reasons: string[];
      packets: number[];
      rate_pps: number;
    }[];
    expect(suspect?.confidence).toBeGreaterThan(0.5);
    expect(suspect?.reasons.length).toBeGreaterThan(0);
    expect(suspect?.packets.length).toBeGreaterThan(0);
    expect(suspect?.rate_pps).toBeGreaterThan(5);
  });

  it('applies both thresholds within the best window; slow scans are found and called slow', async () => {
    expect(await ask(listSuspects, { path: 'office.pcap', min_ports: 101 })).toMatchObject({ suspects: [] });
    expect(await ask(listSuspects, { path: 'slow.pcap' })).toMatchObject({
      suspects: [{ ip: '10.1.0.77', slow: true }],
    });
    expect(await ask(listSuspects, { path: 'slow.pcap', min_ports: 61 })).toMatchObject({ suspects: [] });
  });

  it('is paged', async () => {
    const all = session();
    const first = await ask(listSuspects, { path: 'two.pcap', limit: 1 }, all);
    expect(first).toMatchObject({ total: 2, suspects: { length: 1 }, next_cursor: expect.any(String) });
    const second = await ask(listSuspects, { path: 'two.pcap', limit: 1, cursor: first['next_cursor'] }, all);
    expect(second).toMatchObject({ total: 2, suspects: { length: 1 } });
    expect(second).not.toHaveProperty('next_cursor');
    const found = [first, second].flatMap(({ suspects }) => suspects as { ip: string; technique: string }[]);
    expect(found.map(({ ip, technique }) => `${ip} ${technique}`).sort()).toEqual([
      '10.1.0.66 syn',
      '10.1.0.67 xmas',
    ]);
    expect(await codeOf('list_suspects', { path: 'two.pcap', cursor: 'h1' })).toBe('invalid_argument');
  });

  it('tells a scan of our own', async () => {
    const ours = () => [
      {
        taskId: 'task-7',
        addresses: ['10.1.0.66'],
        targets: ['10.1.0.0/24'],
        startedAt: (START - 1) * 1000,
        endedAt: (START + 2) * 1000,
      },
    ];
    const from = session({}, { ours });
    expect(await ask(listSuspects, { path: 'office.pcap' }, from)).toMatchObject({
      suspects: [{ our_task: 'task-7' }],
    });
    const lost = session(
      {},
      {
        ours: () => {
          throw new PortolanError('storage_failed', 'The database is gone.', 'Bring it back.');
        },
      },
    );
    expect(await ask(listSuspects, { path: 'office.pcap' }, lost)).toMatchObject({
      suspects: [{ ip: '10.1.0.66' }],
      notes: [expect.stringContaining('could not be looked up')],
    });
  });
});

describe('first_scan_event', () => {
  it('is the first packet of a detected scan, not the first SYN of the file', async () => {
    const { first_event } = await ask(firstScanEvent, { path: 'office.pcap' });
    expect(first_event).toEqual({
      ts: START,
      time: '2026-09-21T14:13:20.000Z',
      src: '10.1.0.66',
      dst: '10.1.0.10',
      port: 1,
      flags: 'SYN',
      packet: 82,
      technique: 'syn',
    });
  });
  it('is null where nobody scanned', async () => {
    expect(await ask(firstScanEvent, { path: 'nobody.pcap' })).toMatchObject({ first_event: null });
  });
});

describe('a capture', () => {
  it('may be compressed', async () => {
    expect(await ask(listSuspects, { path: 'office.pcap.gz' })).toMatchObject({ total: 1 });
  });

  it('that is cut gives what comes before the cut, and says so', async () => {
    const whole = await readFile(join(folder, 'office.pcap'));
    const answer = await ask(scanOverview, { path: 'cut.pcap' });
    expect(answer).toMatchObject({ truncated: true, overview: { total_pkts: 441 } });
    expect(answer['offset']).toBe(whole.length - 70);
    expect(answer['notes']).toHaveLength(1);
  });

  it('is analysed once while it stays the same', async () => {
    const from = session();
    const links = async (tool: string) => {
      const outcome = await from.call(tool, { path: 'office.pcap' });
      return outcome.ok ? outcome.links.map(({ uri }) => uri) : [];
    };
    const first = await links('scan_overview');
    expect(first).toEqual([expect.stringMatching(/^capture:.*\/report\.md$/)]);
    expect(await links('list_suspects')).toEqual(first);
    await writeFile(join(folder, 'office.pcap'), await readFile(join(folder, 'office.pcap')));
    expect(await links('list_suspects')).not.toEqual(first);
  });

  it('has its whole report as documents, for those who may read captures', async () => {
    const from = session();
    const outcome = await from.call('list_suspects', { path: 'office.pcap' });
    if (!outcome.ok) throw new Error(outcome.text);
    const reports = captureReports(from.captures);
    const texts = new Map<string, string>();
    const [report] = /capture:\/\/\S+\/report(?=\.md, \.json or \.csv)/.exec(outcome.text) ?? [];
    for (const format of ['md', 'json', 'csv']) {
      const { mimeType, text } = await reports.read(`${report}.${format}`, LOCAL_CALLER);
      texts.set(mimeType, text);
    }
    expect(JSON.parse(texts.get('application/json') ?? '')).toMatchObject({ ok: true, packets: 442 });
    expect(texts.get('text/csv')).toContain('10.1.0.66');
    expect(texts.get('text/markdown')).toContain('10.1.0.66');
    // The gate before every reader goes by this (test/attacks/doors.test.ts).
    expect(reports.templates.map(({ operation }) => operation.scope)).toEqual(
      reports.templates.map(() => 'capture:read'),
    );
    await expect(reports.read('capture://nothing/report.json', LOCAL_CALLER)).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });

  it('tells how far its analysis is', async () => {
    const shares: number[] = [];
    const report: ToolContext['report'] = ({ progress, total }) => shares.push(progress / total);
    const outcome = await session().call('first_scan_event', { path: 'office.pcap' }, { report });
    expect(outcome.ok).toBe(true);
    expect([shares[0], shares.at(-1)]).toEqual([0, 1]);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('that a caller gives up on is let go at once, and the next caller is answered', async () => {
    const from = session();
    const giveUp = new AbortController();
    const outcomes = Promise.all(
      ['bomb.pcap.gz', 'office.pcap', 'two.pcap', 'slow.pcap'].map((path) =>
        from.call('scan_overview', { path }, { signal: giveUp.signal }),
      ),
    );
    giveUp.abort();
    for (const { structured } of await outcomes) expect(structured).toMatchObject({ error: 'interrupted' });
    expect(await ask(scanOverview, { path: 'two.pcap' }, from)).toMatchObject({
      overview: { totals: { scanners: 2 } },
    });
  });

  it('is forgotten after an hour, or when newer ones take its place', async () => {
    let now = Date.parse('2026-11-20T08:00:00Z');
    const { captures } = session({}, { now: () => now });
    const signal = new AbortController().signal;
    const first = await captures.analyze('office.pcap', { signal });
    now += 3_599_000;
    expect(captures.report(first.id)).toBeDefined();
    now += 2000;
    expect(captures.report(first.id)).toBeUndefined();
    const ids: string[] = [];
    for (let at = 0; at < 17; at++) {
      await writeFile(join(folder, `kept-${at}.pcap`), pcap([]));
      ids.push((await captures.analyze(`kept-${at}.pcap`, { signal })).id);
    }
    expect(ids.map((id) => captures.report(id) !== undefined)).toEqual([false, ...Array(16).fill(true)]);
  });

  it('is not analysed for a caller who has given up', async () => {
    const giveUp = new AbortController();
    giveUp.abort();
    const outcome = await session().call('scan_overview', { path: 'office.pcap' }, { signal: giveUp.signal });
    expect(outcome.structured).toMatchObject({ ok: false, error: 'interrupted' });
  });
});

describe('the stable error codes', () => {
  it.each([
    ['a path outside', '../data-secret/office.pcap', 'path_outside_allowed_dir'],
    [
      '/data-secret where /data is allowed',
      () => join(base, 'data-secret', 'office.pcap'),
      'path_outside_allowed_dir',
    ],
    ['a file outside that is not there', '/nowhere/x.pcap', 'path_outside_allowed_dir'],
    ['a file that is not there', 'missing.pcap', 'file_not_found'],
    ['a URL', 'http://192.0.2.1/x.pcap', 'invalid_argument'],
    ['a folder', '.', 'unsupported_file_type'],
    ['another ending', 'notes.txt', 'unsupported_file_type'],
    ['an empty file', 'empty.pcap', 'corrupt_capture'],
    ['a text file', 'text.pcap', 'corrupt_capture'],
  ])('%s', async (_what, path, code) => {
    for (const tool of ['scan_overview', 'list_suspects', 'first_scan_event']) {
      expect(await codeOf(tool, { path: typeof path === 'string' ? path : path() })).toBe(code);
    }
  });

  it('a file over the limit, by its own size and by what comes out of it', async () => {
    expect(await codeOf('scan_overview', { path: 'office.pcap' }, session({ maxFileMb: 0.01 }))).toBe(
      'file_too_large',
    );
    expect(await codeOf('scan_overview', { path: 'bomb.pcap.gz' })).toBe('file_too_large');
  });

  it('a link out of the folder', async () => {
    await symlink(join(base, 'data-secret', 'office.pcap'), join(folder, 'link.pcap'));
    expect(await codeOf('scan_overview', { path: 'link.pcap' })).toBe('path_outside_allowed_dir');
  });

  it.each([
    ['scan_overview', { path: 'office.pcap', top_k: 0 }],
    ['scan_overview', { path: 'office.pcap', time_window_s: 'long' }],
    ['scan_overview', { path: 'office.pcap', unknown: 1 }],
    ['list_suspects', {}],
    ['list_suspects', { path: 7 }],
    ['list_suspects', { path: 'office.pcap', min_rate_pps: -1 }],
    ['enrich_ip', {}],
    ['correlate', { ips: [] }],
    ['correlate', { ips: '8.8.8.8' }],
    ['correlate', { ips: Array.from({ length: 101 }, () => '8.8.8.8') }],
  ])('%s with %j', async (tool, args) => {
    expect(await codeOf(tool, args)).toBe('invalid_argument');
  });

  it('a call without the token, or with a wrong one', async () => {
    const guarded = session({ requireToken: true, token: 'open-sesame-1234' });
    const calls: [string, object][] = [
      ['scan_overview', { path: 'office.pcap' }],
      ['list_suspects', { path: 'missing.pcap' }],
      ['first_scan_event', { path: 'office.pcap' }],
      ['enrich_ip', { ip: '8.8.8.8' }],
      ['correlate', { ips: ['8.8.8.8'] }],
    ];
    for (const [tool, args] of calls) {
      expect(await codeOf(tool, args, guarded)).toBe('unauthorized');
      expect(await codeOf(tool, { ...args, auth_token: 'open-sesame-1235' }, guarded)).toBe('unauthorized');
    }
    const outcome = await guarded.call('enrich_ip', { ip: '8.8.8.8', auth_token: 'open-sesame-1234' });
    expect(outcome.ok).toBe(true);
  });

  it('what is no address', async () => {
    expect(await codeOf('enrich_ip', { ip: '0x7f000001' })).toBe('invalid_ip');
  });
});

describe('enrich_ip and correlate', () => {
  it('give the enrichment of the contract', async () => {
    const { enrichment } = await ask(enrichIp, { ip: '1.1.1.1' });
    expect(enrichment).toMatchObject({
      asn: 13335,
      org: 'Cloudflare, Inc.',
      geo: { country: expect.any(String) },
      threat: { otx: { status: 'not_configured' }, greynoise: { status: 'not_configured' } },
    });
  });

  it('treat each address for itself', async () => {
    const ips = [
      '1.1.1.1',
      '10.0.0.1',
      'fd00::1',
      '224.0.0.1',
      '100.64.0.1',
      '192.0.2.1',
      'nonsense\u001b[2J',
      '127.1',
    ];
    const { results } = await ask(correlate, { ips });
    expect(results).toMatchObject([
      { ip: '1.1.1.1', ok: true, kind: 'public', enrichment: { asn: 13335 } },
      { ip: '10.0.0.1', skipped: true, reason: 'private_ip' },
      { ip: 'fd00::1', skipped: true, reason: 'private_ip' },
      { ip: '224.0.0.1', skipped: true, reason: 'multicast' },
      { ip: '100.64.0.1', skipped: true, reason: 'shared_cgnat' },
      { ip: '192.0.2.1', skipped: true, reason: 'documentation' },
      { ip: 'nonsense\\x1b[2J', ok: false, error: 'invalid_ip' },
      { ip: '127.1', ok: false, error: 'invalid_ip' },
    ]);
  });
});

describe.each(['2025-11-25', '2026-07-28'])('a real MCP client of %s', (era) => {
  it('gets answers that fit the published schemas, failures in the shape of the contract, and the documents', async () => {
    const { services, captures } = session();
    const http = await startHttp(
      {
        version: '0.0.0-test',
        tools: createRegistry(CAPTURE_TOOLS),
        services,
        onDefect: (_what, error) => {
          throw error;
        },
        resources: joinResources([captureReports(captures)]),
      },
      { host: '127.0.0.1', port: 0, onError: (error) => console.error(error) },
    );
    const mode = era === '2025-11-25' ? ('legacy' as const) : { pin: era };
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL(http.url)));
    try {
      const call = (name: string, args: Record<string, unknown>) =>
        client.callTool({ name, arguments: args });
      // The client checks each structured answer against the output schema it was given.
      await client.listTools();
      for (const tool of ['scan_overview', 'first_scan_event']) {
        expect((await call(tool, { path: 'office.pcap' })).structuredContent).toMatchObject({ ok: true });
      }
      const suspects = await call('list_suspects', { path: 'office.pcap' });
      expect(suspects.structuredContent).toMatchObject({ ok: true, total: 1 });
      const links = suspects.content.flatMap((part) => (part.type === 'resource_link' ? [part.uri] : []));
      expect(links).toEqual([expect.stringMatching(/^capture:.*\/report\.md$/)]);
      for (const format of ['md', 'json', 'csv']) {
        const uri = `${links[0]?.slice(0, -2)}${format}`;
        const [document] = (await client.readResource({ uri })).contents;
        expect(document && 'text' in document && document.text).toContain('10.1.0.66');
      }
      const ips = ['1.1.1.1', '10.0.0.1', 'ff02::1', 'nobody'];
      expect((await call('correlate', { ips })).structuredContent).toMatchObject({ results: { length: 4 } });
      const refused = await call('list_suspects', { path: '../data-secret/office.pcap' });
      expect(refused.isError).toBe(true);
      expect(factsOf(refused)).toMatchObject({ ok: false, error: 'path_outside_allowed_dir' });
    } finally {
      await client.close();
      await http.close();
    }
  });
});
