/**
 * The dashboard for browsers: the built web app (`dist/web`), at the addresses that REST has for programs. Who prefers
 * HTML gets its one page, which finds out by itself what to show; everybody else goes on to REST. Neither the page nor
 * its files hold anything, so they need no token.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { accepts } from 'hono/accepts';
import type { HttpEnv } from '../http/env.ts';

/** Every address of the app; a name after `:` stands for any one word (`/scans/new` is one of `/scans/:id`). */
const PAGES = [
  '/',
  '/changes',
  '/assets',
  // Named as REST names it: one address has one name in the router.
  '/assets/:asset',
  '/services',
  '/networks',
  '/scans',
  '/scans/:id',
  '/schedules',
  '/captures',
  '/expectations',
  '/alerts',
  '/data',
  '/system',
  '/login',
] as const;

const POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // Nothing makes HTML of text: React writes through the DOM.
  "trusted-types 'none'",
].join('; ');

/** Names have a hash of what is in the file (Vite), so a name means one thing for ever. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Portolan</title>
<h1>The dashboard was not built</h1>
<p>This server is here, but its web app is not: <code>npm run build</code> makes it (<code>dist/web</code>).
<p>The API can be read at <a href="/docs">/docs</a>.
</html>
`;

/** The build puts the app beside the bundle; sources use that of the last build. */
const BUILT = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dist/web' : './web', import.meta.url),
);

/** Serves the app. Belongs before the check of tokens. @param folder where index.html and web-assets/ are. */
export function mountDashboard(app: Hono<HttpEnv>, folder: string = BUILT): void {
  const page: MiddlewareHandler<HttpEnv> = async (context, next) => {
    if (prefersHtml(context)) return await sendPage(context, folder);
    await next();
    context.header('Vary', 'Accept', { append: true });
  };
  for (const address of PAGES) app.get(address, page);

  const files = existsSync(folder)
    ? serveStatic<HttpEnv>({ root: folder, precompressed: true, index: '' })
    : undefined;
  app.get('/web-assets/:file{[\\w-][\\w.-]*\\.\\w+}', async (context) => {
    const sent = await files?.(context, async () => {});
    if (!sent) return context.notFound();
    sent.headers.set('Cache-Control', FOR_EVER);
    return sent;
  });
}

/** As browsers ask when a person goes to an address; what takes anything (curl, fetch) is a program. */
function prefersHtml(context: Context): boolean {
  const supports = ['application/json', 'text/plain', 'text/html'];
  return accepts(context, { header: 'Accept', supports, default: 'application/json' }) === 'text/html';
}

async function sendPage(context: Context, folder: string): Promise<Response> {
  const html = await readFile(`${folder}/index.html`, 'utf8').catch(() => undefined);
  context.header('Vary', 'Accept');
  if (html === undefined) return context.html(NOT_BUILT, 404);
  context.header('Content-Security-Policy', POLICY);
  return context.html(html);
}
