import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from '../../../src/observe/log.ts';

const SECRET = 'kiel"\\holz-0815';

function logLines(format: 'text' | 'json', secrets: string[] = []) {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', format }, secrets, (line) => lines.push(line));
  return { log, lines };
}

test.each(['text', 'json'] as const)(
  '%s: a secret is hidden by name and by value, wherever it is',
  (format) => {
    const { log, lines } = logLines(format, [SECRET]);
    log.info({ token: 'by-name-1', request: { headers: { authorization: 'Bearer by-name-2' } } }, 'asked');
    log.error({ err: new Error(`refused for ${SECRET}`) }, `with ${SECRET}`);
    log.warn({ deep: { er: { still: [SECRET] } } }, 'deep');
    expect(lines).toHaveLength(3);
    const all = lines.join('');
    expect(all).not.toContain('by-name');
    expect(all).not.toContain('holz-0815');
    expect(all.match(/\[hidden\]/g)?.length).toBeGreaterThanOrEqual(5);
  },
);

test('JSON lines are JSON, with the level in words', () => {
  const { log, lines } = logLines('json');
  log.warn({ task: 'abc' }, 'one');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'warn',
    task: 'abc',
    msg: 'one',
    time: expect.any(String),
  });
});

test('text lines are one line each and carry no control characters', () => {
  const { log, lines } = logLines('text');
  log.info({ banner: 'a\u001b[2Jb\u202e', plain: 'word', count: 3 }, 'first\nsecond \u001b[31mred');
  expect(lines[0]).toMatch(/^\S+Z info {2}first second \\x1b\[31mred /);
  expect(lines[0]).toContain('plain=word count=3');
  expect(lines[0]?.replace(/\n$/, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('the level holds, and a file is for its owner only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-log-'));
  try {
    const file = join(folder, 'portolan.log');
    const log = createLogger({ level: 'warn', format: 'text', file });
    log.info('too quiet');
    log.warn('heard');
    expect(readFileSync(file, 'utf8')).toMatch(/^\S+ warn {2}heard\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
