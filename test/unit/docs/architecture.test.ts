/** docs/architecture.md answers "where do I change X?"; a place that moved must move there too. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(path.join(ROOT, 'docs', 'architecture.md'), 'utf8');
const places = [
  ...page.matchAll(/`((?:src|docs|test|bench)\/[^`\s]*|\.[\w-]+\.cjs|rolldown\.config\.ts)`/g),
].map(([, place = '']) => place);

describe('every place that architecture.md names exists', () => {
  it.each([...new Set(places)])('%s', (place) => {
    expect(existsSync(path.join(ROOT, place))).toBe(true);
  });
});

it('names a place for at least twenty changes', () => {
  const [, table = ''] = page.split('## I want to change');
  expect(table.split('\n').filter((line) => /^\|.*`src\//.test(line)).length).toBeGreaterThanOrEqual(20);
});
