/** Which networks were looked at, when, and which are due: what an auditor asks. */
import type { CoverageRow } from '../../inventory/service.ts';
import { number } from '../results/numbers.ts';
import { minute } from './change-line.ts';

export function coverageText(rows: readonly CoverageRow[]): string {
  if (rows.length === 0) return 'No network was looked at yet.';
  return rows.map(coverageLine).join('\n');
}

export function coverageLine(row: CoverageRow): string {
  const { site, network, aspect, objective, within, addresses, lastLook, vantages, overdue } = row;
  const share = `${number(within)} of ${number(addresses)} addresses${objective === undefined ? '' : ` within ${objective}`}`;
  const last = lastLook === undefined ? 'never' : minute(lastLook);
  return `${site} ${network} ${aspect}: ${share}, last ${last}${vantages.length > 0 ? ` from ${vantages.join(', ')}` : ''}${overdue ? '; overdue' : ''}`;
}
