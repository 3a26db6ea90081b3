/** A page of changes in words, as what_changed and changes:// tell it. */
import type { ChangesPage } from '../../inventory/service.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { plural } from '../results/numbers.ts';
import { CHANGE_FORMAT, changeLine, minute } from './change-line.ts';

/** Also says what was not compared: no news of a network that nobody looked at is no news. */
export function changesText(page: ChangesPage): string {
  const differences = page.suppressed.reduce((sum, { count }) => sum + count, 0);
  return [
    `${plural(page.total, 'change')} between ${minute(page.from)} and ${minute(page.to)}.`,
    ...(page.changes.length > 0 ? [UNTRUSTED_NOTICE, CHANGE_FORMAT] : []),
    ...page.changes.map(changeLine),
    `Not compared: ${page.notCompared.join('; ') || 'nothing that was looked at before'}.`,
    differences > 0
      ? `${plural(differences, 'difference')} ${differences === 1 ? 'is' : 'are'} no change: ${byRule(page)}.`
      : '',
    page.next === undefined ? '' : `More: what_changed with cursor="${page.next}" and the same arguments.`,
  ]
    .filter((line) => line !== '')
    .join('\n');
}

const MOST_RULES = 4;

function byRule({ suppressed }: ChangesPage): string {
  const told = suppressed.slice(0, MOST_RULES).map(({ rule, count, why }) => `${count} by ${rule} (${why})`);
  return [...told, ...(suppressed.length > MOST_RULES ? ['…'] : [])].join(', ');
}
