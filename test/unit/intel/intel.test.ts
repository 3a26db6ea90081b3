import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { within } from '../../../src/core/origin.ts';
import { Enrichment } from '../../../src/intel/enrichment.ts';
import { createIntel, type IntelDependencies, type IntelSettings } from '../../../src/intel/intel.ts';
import { enrichmentLine } from '../../../src/tools/addresses/intel-text.ts';
import { type Answer, GREYNOISE_SCANNER, json, OTX_GENERAL, serviceStub } from './service-stub.ts';

const SETTINGS: IntelSettings = { reverseNames: false, allowPrivate: false };
const KEY = 'sekret-key-0123456789';
const QUICK = { timeoutMs: 2000, backoffMs: 1, retries: 2, perMinute: 100 };

const greynoiseWith = (url: string, more: IntelDependencies = {}) =>
  createIntel(
    { ...SETTINGS, greynoiseKey: KEY },
    { ...more, greynoiseUrl: url, remote: { ...QUICK, ...more.remote } },
  );

/** What GreyNoise is reported to have said when the service answers so. */
async function greynoiseSays(answer: Answer, more: IntelDependencies = {}) {
  await using stub = await serviceStub(answer);
  const { threat } = await greynoiseWith(stub.url, more).enrich('71.6.135.131');
  expect(JSON.stringify(threat)).not.toContain(KEY);
  return { said: threat.greynoise, requests: stub.requests };
}

describe('an enrichment', () => {
  it('has the shape of the contract, without any key', async () => {
    const enrichment = await createIntel(SETTINGS).enrich('1.1.1.1');
    expect(Enrichment.parse(enrichment)).toEqual(enrichment);
    expect(enrichment).toMatchObject({
      ip: '1.1.1.1',
      kind: 'public',
      asn: 13335,
      org: 'Cloudflare, Inc.',
      geo: { country: expect.stringMatching(/^[A-Z]{2}$/) },
      threat: {
        otx: { status: 'not_configured', reason: expect.stringContaining('intel.otxKey') },
        greynoise: { status: 'not_configured', reason: expect.stringContaining('intel.greynoiseKey') },
      },
    });
  });

  it('asks in the trace of the call, and in none where there is none', async () => {
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await within({ id: 'c', traceparent, tracestate: 'a=b' }, () =>
      greynoiseWith(stub.url).enrich('71.6.135.131'),
    );
    await greynoiseWith(stub.url).enrich('71.6.135.132');
    expect(stub.requests.map(({ headers }) => [headers['traceparent'], headers['tracestate']])).toEqual([
      [traceparent, 'a=b'],
      [undefined, undefined],
    ]);
  });

  it('asks nobody about an address that nobody outside can know', async () => {
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const intel = createIntel(
      { ...SETTINGS, greynoiseKey: KEY, otxKey: KEY, reverseNames: true },
      {
        greynoiseUrl: stub.url,
        otxUrl: stub.url,
        reverse: async () => {
          throw new Error('asked for a name');
        },
      },
    );
    for (const ip of ['10.0.0.1', '224.0.0.1', '100.64.0.1', '::ffff:8.8.8.8', '2001:db8::1']) {
      const enrichment = await intel.enrich(ip);
      expect(Enrichment.parse(enrichment)).toEqual(enrichment);
      expect(enrichment).toMatchObject({ asn: null, org: null, geo: { country: null } });
      expect(enrichment.kind).not.toBe('public');
      expect(enrichment.threat.greynoise.status).toBe('unavailable');
    }
    expect(stub.requests).toEqual([]);
  });

  it('refuses what is no address', async () => {
    await expect(createIntel(SETTINGS).enrich('127.1')).rejects.toMatchObject({ code: 'invalid_ip' });
  });

  it('carries reverse names only where they are allowed', async () => {
    const reverse = async () => ['one.one.one.one'];
    expect((await createIntel(SETTINGS, { reverse }).enrich('1.1.1.1')).names).toBeUndefined();
    const allowed = createIntel({ ...SETTINGS, reverseNames: true }, { reverse });
    expect((await allowed.enrich('1.1.1.1')).names).toEqual(['one.one.one.one']);
  });
});

describe('a private address', () => {
  const asset = {
    asset_id: 'a_1',
    site: 'default',
    name: 'printer',
    first_seen: '2026-01-02T00:00:00.000Z',
    state: 'present',
  };
  const inventory = async (ip: string) =>
    ip === '192.168.1.7'
      ? {
          mac: '00:00:00:11:22:33',
          names: ['printer.lan'],
          asset,
          scanned: { last_scanned: '2026-11-20T07:00:00.000Z', open_ports: ['9100/tcp'], task_id: 't1' },
        }
      : undefined;

  it('is not enriched unless the configuration says so', async () => {
    expect((await createIntel(SETTINGS, { inventory }).enrich('192.168.1.7')).local).toBeUndefined();
  });

  it('is enriched with what is known here: card, names, our own scans', async () => {
    const intel = createIntel({ ...SETTINGS, allowPrivate: true }, { inventory });
    const enrichment = await intel.enrich('192.168.1.7');
    expect(Enrichment.parse(enrichment).local).toEqual({
      mac: '00:00:00:11:22:33',
      vendor: 'XEROX CORPORATION',
      names: ['printer.lan'],
      asset,
      inventory: { last_scanned: '2026-11-20T07:00:00.000Z', open_ports: ['9100/tcp'], task_id: 't1' },
    });
    expect(enrichmentLine(enrichment)).toContain('host printer of the inventory, present, since 2026-01-02');
  });

  it('shows its card in the neighbour table of the kernel, or in its own IPv6 address', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portolan-arp-'));
    const arpTable = join(folder, 'arp');
    await writeFile(
      arpTable,
      'IP address       HW type     Flags       HW address            Mask     Device\n' +
        '192.168.1.9      0x1         0x2         00:00:00:AA:BB:CC     *        eth0\n' +
        '192.168.1.8      0x1         0x0         00:00:00:00:00:00     *        eth0\n',
    );
    const intel = createIntel({ ...SETTINGS, allowPrivate: true }, { arpTable });
    expect((await intel.enrich('192.168.1.9')).local).toEqual({
      mac: '00:00:00:aa:bb:cc',
      vendor: 'XEROX CORPORATION',
    });
    expect((await intel.enrich('192.168.1.8')).local).toBeUndefined();
    expect((await intel.enrich('fd00::200:ff:fe11:2233')).local).toMatchObject({ mac: '00:00:00:11:22:33' });
    await rm(folder, { recursive: true });
  });
});

describe('GreyNoise', () => {
  it('is asked in version 3 with the key in a header, and answers with facts and their age', async () => {
    let now = Date.parse('2026-11-20T07:00:00Z');
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const intel = greynoiseWith(stub.url, { now: () => now });
    const first = await intel.enrich('71.6.135.131');
    expect(Enrichment.parse(first)).toEqual(first);
    expect(first.threat.greynoise).toEqual({
      status: 'ok',
      fetched_at: '2026-11-20T07:00:00.000Z',
      age_seconds: 0,
      seen: true,
      classification: 'benign',
      actor: 'Shodan.io',
      tags: ['Mirai', 'Telnet Crawler'],
      first_seen: '2018-01-28',
      last_seen: '2026-02-28',
    });
    now += 3_600_000;
    const second = await intel.enrich('71.6.135.131');
    expect(second.threat.greynoise).toMatchObject({
      fetched_at: '2026-11-20T07:00:00.000Z',
      age_seconds: 3600,
    });
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]).toMatchObject({ path: '/v3/ip/71.6.135.131', headers: { key: KEY } });
    now += 86_400_000;
    await intel.enrich('71.6.135.131');
    expect(stub.requests).toHaveLength(2);
  });

  it('tells common services and addresses it never saw', async () => {
    const service = {
      ip: '8.8.8.8',
      business_service_intelligence: { found: true, name: 'Google Public DNS', trust_level: '1' },
      internet_scanner_intelligence: { found: false },
    };
    expect((await greynoiseSays(json(service))).said).toMatchObject({
      seen: false,
      service: { name: 'Google Public DNS', trust_level: '1' },
    });
    expect((await greynoiseSays(json({ message: 'IP not observed' }, 404))).said).toMatchObject({
      status: 'ok',
      seen: false,
    });
    // 206: the plan hides fields.
    expect((await greynoiseSays(json(GREYNOISE_SCANNER, 206))).said).toMatchObject({ status: 'ok' });
  });

  it('is not asked about IPv6', async () => {
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const { threat } = await greynoiseWith(stub.url).enrich('2606:4700::1111');
    expect(threat.greynoise).toMatchObject({
      status: 'unavailable',
      reason: expect.stringContaining('IPv4'),
    });
    expect(stub.requests).toEqual([]);
  });

  it.each([401, 403])('refuses a key with %d: it is left alone for a while', async (status) => {
    await using stub = await serviceStub(json({ message: `bad key ${KEY}` }, status));
    const intel = greynoiseWith(stub.url);
    const first = await intel.enrich('71.6.135.131');
    expect(first.threat.greynoise).toMatchObject({ status: 'unavailable', reason: 'it refused our key' });
    const second = await intel.enrich('71.6.135.132');
    expect(second.threat.greynoise).toMatchObject({ reason: expect.stringContaining('not asked again for') });
    expect(stub.requests).toHaveLength(1);
    expect(JSON.stringify([first, second])).not.toContain(KEY);
  });

  it('limits our rate: a short Retry-After is waited for, a long one is remembered', async () => {
    const soon = await greynoiseSays((response, count) => {
      if (count === 0) response.writeHead(429, { 'retry-after': '0' }).end();
      else json(GREYNOISE_SCANNER)(response, count);
    });
    expect(soon.said).toMatchObject({ status: 'ok' });
    expect(soon.requests).toHaveLength(2);

    let now = 1_000_000;
    await using stub = await serviceStub((response) =>
      response.writeHead(429, { 'retry-after': '120' }).end(),
    );
    const intel = greynoiseWith(stub.url, { now: () => now });
    await intel.enrich('71.6.135.131');
    const meanwhile = await intel.enrich('71.6.135.131');
    expect(meanwhile.threat.greynoise).toEqual({
      status: 'unavailable',
      reason: 'it limits our rate; not asked again for 120 s',
    });
    expect(stub.requests).toHaveLength(1);
    now += 121_000;
    await intel.enrich('71.6.135.131');
    expect(stub.requests).toHaveLength(2);
  });

  it('is tried again after a passing fault, a bounded number of times', async () => {
    const passing = await greynoiseSays((response, count) => {
      if (count < 2) response.writeHead(502).end('bad gateway');
      else json(GREYNOISE_SCANNER)(response, count);
    });
    expect(passing.said).toMatchObject({ status: 'ok' });
    const lasting = await greynoiseSays((response) => response.writeHead(500).end());
    expect(lasting.said).toEqual({ status: 'unavailable', reason: 'it answered with status 500' });
    expect(lasting.requests).toHaveLength(3);
  });

  it.each<[string, Answer, string]>([
    ['garbage', (response) => response.end('<html>'), 'its answer is not JSON'],
    ['another form', json({ hello: 'world' }), 'its answer is not in the form it documents'],
    ['an array', json([1, 2, 3]), 'its answer is not in the form it documents'],
    [
      'wrong types',
      json({ ip: '1', internet_scanner_intelligence: { found: 'yes' } }),
      'its answer is not in the form it documents',
    ],
  ])('answers %s', async (_name, answer, reason) => {
    expect((await greynoiseSays(answer)).said).toEqual({ status: 'unavailable', reason });
  });

  it('answers without end: reading stops at the limit', async () => {
    const { said } = await greynoiseSays(
      (response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
      { remote: { maxBytes: 1_000_000 } },
    );
    expect(said).toEqual({ status: 'unavailable', reason: 'it answered more than 1000000 bytes' });
  });

  it('does not answer: waiting ends', async () => {
    const { said } = await greynoiseSays(() => {}, { remote: { timeoutMs: 50, retries: 0 } });
    expect(said).toEqual({ status: 'unavailable', reason: 'it did not answer within 0.05 s' });
  });

  it('cannot be reached', async () => {
    const { said } = await greynoiseSays((response) => response.destroy(), { remote: { retries: 0 } });
    expect(said).toEqual({ status: 'unavailable', reason: 'it could not be reached' });
  });

  it('is not followed elsewhere', async () => {
    await using elsewhere = await serviceStub(json(GREYNOISE_SCANNER));
    const { said } = await greynoiseSays((response) =>
      response.writeHead(302, { location: `${elsewhere.url}/v3/ip/71.6.135.131` }).end(),
    );
    expect(said).toMatchObject({ status: 'unavailable', reason: 'it answered with status 302' });
    expect(elsewhere.requests).toEqual([]);
  });

  it('is asked at most so often a minute', async () => {
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const intel = greynoiseWith(stub.url, { now: () => 0, remote: { perMinute: 2 } });
    const states = [];
    for (const ip of ['71.6.135.131', '71.6.135.132', '71.6.135.133']) {
      states.push((await intel.enrich(ip)).threat.greynoise.status);
    }
    expect(states).toEqual(['ok', 'ok', 'unavailable']);
    expect(stub.requests).toHaveLength(2);
  });

  it('is asked once by calls that come together', async () => {
    await using stub = await serviceStub(json(GREYNOISE_SCANNER));
    const intel = greynoiseWith(stub.url);
    const answers = await Promise.all([intel.enrich('71.6.135.131'), intel.enrich('71.6.135.131')]);
    expect(answers.map(({ threat }) => threat.greynoise.status)).toEqual(['ok', 'ok']);
    expect(stub.requests).toHaveLength(1);
  });

  it('cannot put control characters or long texts into an answer', async () => {
    const hostile = structuredClone(GREYNOISE_SCANNER);
    hostile.internet_scanner_intelligence.actor = '\u001b]0;x\u0007\u202eevil';
    hostile.internet_scanner_intelligence.tags = Array.from({ length: 500 }, (_, at) => ({
      id: `${at}`,
      slug: '',
      name: `${at} ${'y'.repeat(5000)}`,
      intention: '',
    }));
    const { said } = await greynoiseSays(json(hostile));
    expect(said).toMatchObject({ actor: '\\x1b]0;x\\x07\\u{202e}evil' });
    expect(JSON.stringify(said).length).toBeLessThan(4000);
  });

  it('stops being waited for when the call is given up', async () => {
    await using stub = await serviceStub(() => {});
    const giveUp = new AbortController();
    const running = greynoiseWith(stub.url, { remote: { timeoutMs: 200, retries: 0 } }).enrich(
      '71.6.135.131',
      giveUp.signal,
    );
    giveUp.abort();
    expect((await running).threat.greynoise).toEqual({
      status: 'unavailable',
      reason: 'the call was given up',
    });
  });
});

describe('AlienVault OTX', () => {
  const otxWith = (url: string) =>
    createIntel({ ...SETTINGS, otxKey: KEY }, { otxUrl: url, remote: QUICK, now: () => 0 });

  it('is asked for the general section, by family', async () => {
    await using stub = await serviceStub(json(OTX_GENERAL));
    const intel = otxWith(stub.url);
    const enrichment = await intel.enrich('71.6.135.131');
    expect(Enrichment.parse(enrichment)).toEqual(enrichment);
    expect(enrichment.threat.otx).toEqual({
      status: 'ok',
      fetched_at: '1970-01-01T00:00:00.000Z',
      age_seconds: 0,
      pulses: 50,
      pulse_names: ['SSH honeypot', 'Scanners'],
      tags: ['ssh', 'honeypot'],
      malware_families: ['Mirai'],
      validation: ['Known False Positive'],
    });
    await intel.enrich('2606:4700::1111');
    expect(stub.requests.map(({ path }) => path)).toEqual([
      '/api/v1/indicators/IPv4/71.6.135.131/general',
      '/api/v1/indicators/IPv6/2606:4700::1111/general',
    ]);
    expect(stub.requests[0]?.headers['x-otx-api-key']).toBe(KEY);
  });

  it('answers 404 for what nobody reported, and garbage like any other', async () => {
    await using missing = await serviceStub(json({ detail: 'not found' }, 404));
    expect((await otxWith(missing.url).enrich('71.6.135.131')).threat.otx).toMatchObject({
      status: 'ok',
      pulses: 0,
    });
    await using garbage = await serviceStub(json({ pulse_info: { count: 'many' } }));
    expect((await otxWith(garbage.url).enrich('71.6.135.131')).threat.otx).toMatchObject({
      status: 'unavailable',
    });
  });

  it('tells the network where no table of ours does', async () => {
    await using stub = await serviceStub(
      json({ ...OTX_GENERAL, asn: 'AS64500 Elsewhere', country_code: 'NZ' }),
    );
    // Announced by nobody in the free table.
    const { asn, org, sources } = await otxWith(stub.url).enrich('223.255.255.254');
    expect({ asn, org, source: sources.asn }).toEqual({
      asn: 64_500,
      org: 'Elsewhere',
      source: 'AlienVault OTX',
    });
  });
});
