/** The pages of the dashboard for browsers, the same addresses for programs, and the files of the app. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountDashboard } from '../../../src/transports/dashboard/pages.ts';
import { raw } from './fixture/rpc.ts';
import { bearer, type RestServer, startRest } from './rest/server.ts';

const INDEX = '<!doctype html><title>the app</title>';
const SCRIPT = 'export const a = "a script that is long enough to be compressed, is long enough";';
/** What Chromium sends when a person goes to an address. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

let folder: string;
let server: RestServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-web-'));
  mkdirSync(join(folder, 'web/web-assets/inner'), { recursive: true });
  const put = (name: string, bytes: string | Uint8Array) => writeFileSync(join(folder, name), bytes);
  put('secret.txt', 'not of the app');
  put('web/index.html', INDEX);
  put('web/web-assets/main-Ab12_-xy.js', SCRIPT);
  put('web/web-assets/main-Ab12_-xy.js.br', brotliCompressSync(SCRIPT));
  put('web/web-assets/main-Ab12_-xy.js.gz', gzipSync(SCRIPT));
  put('web/web-assets/style-1.css', 'p{}');
  put('web/web-assets/font-1.woff2', 'font');
  put('web/web-assets/mark-1.svg', '<svg/>');
  put('web/web-assets/inner/index.html', 'inner');
  server = await startRest(
    {},
    {
      openRoutes: (app) => mountDashboard(app, join(folder, 'web')),
      allowedOrigins: ['https://tools.example.org'],
    },
  );
});
afterAll(async () => {
  await server.service.close();
  rmSync(folder, { recursive: true });
});
const open = (path: string, accept = BROWSER, more: Record<string, string> = {}) =>
  server.get(path, { accept, ...more });

describe('the pages', () => {
  it.each([
    '/',
    '/changes',
    '/assets',
    '/assets/ab12',
    '/services',
    '/networks',
    '/scans',
    '/scans/new',
    '/scans/m5x2',
    '/schedules',
    '/captures?name=x',
    '/expectations',
    '/alerts',
    '/data',
    '/system',
    '/login',
  ])('%s is the app for a browser without a token, and never kept', async (path) => {
    const { status, headers, text } = await open(path);
    expect([status, text]).toEqual([200, INDEX]);
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/html/),
      'cache-control': 'no-store',
      vary: 'Accept',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'self';.*frame-ancestors 'none';.*require-trusted-types-for 'script'; trusted-types 'none'$/,
    );
    expect(policy).not.toContain('unsafe');
  });

  it.each([undefined, '*/*', 'application/json', 'application/json, text/html;q=0.9', 'text/*'])(
    'are what they were for a program that accepts %s',
    async (accept) => {
      const headers = accept === undefined ? {} : { accept };
      const index = await server.get('/', { ...headers, ...bearer('reader') });
      expect(JSON.parse(index.text)).toMatchObject({ name: 'portolan' });
      expect(index.headers.vary).toBe('Accept');
      const without = await server.get('/assets', headers);
      expect([without.status, JSON.parse(without.text).error.code]).toEqual([401, 'unauthorized']);
      expect(without.headers.vary).toBe('Accept');
      const elsewhere = { ...headers, ...bearer('reader'), origin: 'https://tools.example.org' };
      expect(
        String((await server.get('/', elsewhere)).headers.vary)
          .split(', ')
          .sort(),
      ).toEqual(['Accept', 'Origin']);
      const nowhere = await server.get('/services', { ...headers, ...bearer('reader') });
      expect(JSON.parse(nowhere.text).error.message).toBe('There is nothing at this address.');
    },
  );

  it('answer HEAD, take nothing else, and leave other addresses alone', async () => {
    const head = await raw(`${server.origin}/scans`, { method: 'HEAD', headers: { accept: BROWSER } });
    expect([head.status, head.text]).toEqual([200, '']);
    const headers = { accept: BROWSER };
    expect((await raw(`${server.origin}/changes`, { method: 'POST', headers })).status).toBe(401);
    for (const path of ['/tasks', '/config', '/assets/a/b', '/scans/', '/index.html']) {
      expect((await open(path)).status, path).toBe(401);
    }
    expect((await open('/', BROWSER, { host: 'evil.example' })).status).toBe(403);
  });

  it('say that the app was not built, where it was not', async () => {
    const bare = await startRest({}, { openRoutes: (app) => mountDashboard(app, join(folder, 'none')) });
    const page = await bare.get('/', { accept: BROWSER });
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(page.text).toContain('npm run build');
    expect((await bare.get('/web-assets/main-Ab12_-xy.js', {})).status).toBe(404);
    expect((await bare.get('/')).status).toBe(200);
    await bare.service.close();
  });
});

describe('the files', () => {
  it.each([
    ['main-Ab12_-xy.js', /^text\/javascript/],
    ['style-1.css', /^text\/css/],
    ['font-1.woff2', /^font\/woff2/],
    ['mark-1.svg', /^image\/svg\+xml/],
  ])('%s is what it is, kept for ever', async (name, type) => {
    const { status, headers } = await open(`/web-assets/${name}`, '*/*');
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect(headers['content-type']).toMatch(type);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('are sent compressed to who takes it', async () => {
    const coded = async (encoding: string) => {
      const answer = await fetch(`${server.origin}/web-assets/main-Ab12_-xy.js`, {
        headers: { 'accept-encoding': encoding },
      });
      expect(await answer.text()).toBe(SCRIPT);
      return [answer.headers.get('content-encoding'), answer.headers.get('vary')];
    };
    expect(await coded('gzip, deflate, br')).toEqual(['br', 'Accept-Encoding']);
    expect(await coded('gzip')).toEqual(['gzip', 'Accept-Encoding']);
    expect(await coded('identity')).toEqual([null, null]);
  });

  it.each([
    'none-1.js',
    '../../secret.txt',
    '..%2f..%2fsecret.txt',
    '%2e%2e/index.html',
    '..%5c..%5csecret.txt',
    'main-Ab12_-xy.js%00.css',
    'inner',
    'inner/index.html',
    '.hidden',
    '',
  ])('%j is none of them', async (name) => {
    const { status, text, headers } = await open(`/web-assets/${name}`, '*/*');
    expect([401, 404]).toContain(status);
    expect(text).toContain('"error"');
    expect(headers['cache-control']).not.toContain('immutable');
  });
});
