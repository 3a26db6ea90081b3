/** The part of docs/deploy.md that says which settings wait for a start, from what a reload does. */
import { readFileSync } from 'node:fs';
import { SETTINGS } from '../../src/config/flat-settings.ts';
import { countsAtStart } from '../../src/config/reload.ts';
import { GROUPS } from '../../src/config/schema.ts';
import { code } from './markdown.ts';

const BEGIN = '<!-- begin: settings that wait for a start, by npm run docs -->';
const END = '<!-- end -->';

/** The whole page, with that part written anew. */
export function deployPage(): string {
  const page = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const [before = '', rest = ''] = page.split(`${BEGIN}\n`);
  const [, after = ''] = rest.split(`${END}\n`);
  return `${before}${BEGIN}\n${waiting()}\n${END}\n${after}`;
}

function waiting(): string {
  return Object.keys(GROUPS)
    .flatMap((group) => {
      const all = SETTINGS.filter((setting) => setting.group === group);
      const wait = all.filter(countsAtStart);
      if (wait.length === 0) return [];
      const names = wait.map(({ name }) => code(name)).join(', ');
      return [`- ${code(group)}: ${wait.length === all.length ? 'all of it' : names}`];
    })
    .join('\n');
}
