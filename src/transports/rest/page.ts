/** The OpenAPI document as a page to read: plain HTML, no script, nothing loaded from anywhere. */
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { OpenApiDocument, Operation } from './openapi.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: .4rem; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
summary:focus-visible { outline: 2px solid; outline-offset: 2px; }
pre { overflow-x: auto; background: #8881; padding: .6rem; border-radius: .3rem; font-size: .85rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
p { white-space: pre-line; }
`;

/** Only this very style may be applied, and nothing else loaded or run. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function documentPage(document: OpenApiDocument) {
  const { info, tags, paths } = document;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info['title']} ${info['version']}: REST API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${info['title']} ${info['version']}</h1>
<p>${info['summary']} ${info['description']}</p>
<p>For machines: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
${tags.map(
  (tag) => html`<section>
<h2>${tag.name}</h2>
<p>${tag.description}</p>
${Object.entries(paths).flatMap(([path, operations]) =>
  Object.entries(operations)
    .filter(([, operation]) => operation.tags.includes(tag.name))
    .map(([method, operation]) => oneOperation(method, path, operation)),
)}
</section>`,
)}
</main>
</body>
</html>`;
}

function oneOperation(method: string, path: string, operation: Operation) {
  const { summary, description, parameters, requestBody, responses } = operation;
  return html`<details>
<summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> ${summary}</summary>
${description ? html`<p>${description}</p>` : ''}
${parameters?.length ? part('Parameters', parameters) : ''}
${requestBody ? part('Body', requestBody) : ''}
${part('Answers', responses)}
</details>`;
}

function part(title: string, value: unknown) {
  return html`<h3>${title}</h3><pre>${JSON.stringify(value, null, 2)}</pre>`;
}
