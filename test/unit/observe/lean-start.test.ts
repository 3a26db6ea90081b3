/** What the first answer over stdio waits for: nothing that watches, stores or scans from elsewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../../src', import.meta.url));
// `import type` is gone when it runs, and `import()` comes later.
const STATIC = /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

function loadedBy(entry: string): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC)) {
      if (specifier.startsWith('.')) visit(join(dirname(file), specifier));
      else seen.add(specifier);
    }
  };
  visit(join(SRC, entry));
  return new Set([...seen].map((one) => (existsSync(one) ? relative(SRC, one) : one)));
}

it('stdio starts without metrics, health, audit, traces and the database', () => {
  const loaded = loadedBy('cli/stdio.ts');
  expect(loaded).toContain('app/app.ts');
  const heavy = [...loaded].filter((one) =>
    /^(app\/observation|app\/remote|store\/|observe\/(?!log|redact)|scans\/worker)|prometheus|opentelemetry|kysely|better-sqlite3|ssh2/.test(
      one,
    ),
  );
  expect(heavy).toEqual([]);
});

it('would find them', () => {
  expect([...loadedBy('app/observation.ts')]).toEqual(
    expect.arrayContaining(['observe/metrics.ts', 'observe/audit.ts', '@prometheus-io/client']),
  );
});
