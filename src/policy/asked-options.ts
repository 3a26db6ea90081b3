/** What is asked of a list of options that have been checked, each on its own. */
import type { ScanOption } from '../core/request.ts';
import { FLAGS, type FlagRow, flagRow } from './allowed-options.ts';

export const has = (options: readonly ScanOption[], flag: string): boolean =>
  options.some((option) => option.flag === flag);

/** The row of an option that was checked. */
export function rowOf({ flag }: ScanOption): FlagRow {
  const row = flagRow(flag);
  if (!row) throw new Error(`${flag} was checked and has no row`);
  return row;
}

/** Which protocols' ports are scanned: TCP unless something else is said. */
export function scannedProtocols(options: readonly ScanOption[]): readonly ('tcp' | 'udp' | 'sctp' | 'ip')[] {
  if (has(options, '-sn') || has(options, '-sL')) return [];
  const said = FLAGS.filter((row) => row.scans !== undefined && has(options, row.flag)).flatMap(
    ({ scans }) => scans ?? [],
  );
  return said.length > 0 ? [...new Set(said)] : ['tcp'];
}
