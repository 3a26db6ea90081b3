/**
 * The API as a page to read: small, from this server alone, and open to everybody, as a browser has no token yet. It
 * holds nothing but itself; its script asks for openapi.json with the token that a person gives it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Hono } from 'hono';
import type { HttpEnv } from '../http/env.ts';

/** Only this very style and script count, and they may speak to this server alone. */
const policy = (style: string, script: string) =>
  [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

let made: { html: string; policy: string } | undefined;

/** Made when somebody asks; the build puts its parts beside the code. */
function page(): { html: string; policy: string } {
  if (made) return made;
  const part = (name: string) => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
  const [style, script] = [part('page.css'), part('page.js')];
  // A function, as a text would have its $ read.
  const html = part('page.html')
    .replace('<!-- style -->', () => `<style>${style}</style>`)
    .replace('<!-- script -->', () => `<script type="module">${script}</script>`);
  made = { html, policy: policy(style, script) };
  return made;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

export function mountPage(app: Hono<HttpEnv>): void {
  app.get('/docs', (context) => {
    context.header('Content-Security-Policy', page().policy);
    return context.html(page().html);
  });
}
