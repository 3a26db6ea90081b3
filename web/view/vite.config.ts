/** Builds the view in the chat into one file, `dist/view/view.html`, that asks the network for nothing. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

const HERE = import.meta.dirname;
const OUT = join(HERE, '../../dist/view');

/** Chooses a text's language in one function for all of them: in each text anew it is a fifth of the file. */
const choice: Plugin = {
  name: 'choice',
  transform(code, id) {
    if (!id.includes('/src/texts/messages/')) return undefined;
    const chosen = code
      .replace('getLocale, experimentalStaticLocale', 'say')
      .replace(
        /\(inputs(?: = \{\})?, options = \{\}\) => \{\s*const locale = .*\s*if \(locale === "zh-CN"\) return (\w+)\(inputs\)\s*if \(locale === "es"\) return (\w+)\(inputs\)\s*return (\w+)\(inputs\)\s*\}/g,
        '(inputs) => say(inputs, $3, $1, $2)',
      );
    if (/getLocale|if \(locale/.test(chosen)) throw new Error(`${id} is not written as Paraglide 2.25 did`);
    return chosen;
  },
};

/** A policy that lets in the script and the style of this file, by their hashes, and nothing else from anywhere. */
const policy: Plugin = {
  name: 'policy',
  writeBundle() {
    const file = join(OUT, 'view.html');
    const html = readFileSync(file, 'utf8');
    const rules = [
      "default-src 'none'",
      `script-src ${hashOf(html, 'script')}`,
      `style-src ${hashOf(html, 'style')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ];
    const meta = `<meta http-equiv="Content-Security-Policy" content="${rules.join('; ')}">`;
    writeFileSync(
      file,
      html.replace('<meta charset="utf-8" />', (charset) => charset + meta),
    );
  },
};

function hashOf(html: string, tag: 'script' | 'style'): string {
  const [, content] = new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, 's').exec(html) ?? [];
  if (content === undefined) throw new Error(`view.html has no ${tag}`);
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

export default defineConfig({
  root: HERE,
  plugins: [choice, viteSingleFile(), policy],
  resolve: {
    // The file has no room for React, nor for the whole runtime of the texts.
    alias: [
      { find: 'react-dom/client', replacement: join(HERE, 'root.ts') },
      { find: 'react/jsx-runtime', replacement: 'preact/jsx-runtime' },
      { find: /^react$/, replacement: 'preact/hooks' },
      { find: /^\.+\/(texts\/)?runtime\.js$/, replacement: join(HERE, 'locale.ts') },
    ],
  },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rolldownOptions: { input: join(HERE, 'view.html') },
  },
});
