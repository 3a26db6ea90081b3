/** Options that nmap would refuse together, or where one would make another pointless without a word. */
import { PortolanError } from '../core/errors.ts';
import type { ScanOption } from '../core/request.ts';
import type { FlagRow } from './allowed-options.ts';
import { has, rowOf, scannedProtocols } from './asked-options.ts';

/** Says why two options exclude each other. */
export const conflict = (a: string, b: string, why: string): PortolanError =>
  new PortolanError('invalid_option', `${a} and ${b} do not go together: ${why}.`, `Leave out ${a} or ${b}.`);

/**
 * Every contradiction in a list of options: as they were given (repeated ones, two of one group), and as they will be
 * run, with what -A stands for.
 */
export function contradictions(
  given: readonly ScanOption[],
  options: readonly ScanOption[],
): PortolanError[] {
  const refusals: PortolanError[] = [];
  const seen = new Map<string, string>();
  for (const { flag, row } of given.map((option) => ({ flag: option.flag, row: rowOf(option) }))) {
    const earlier = seen.get(flag) ?? (row.group === undefined ? undefined : seen.get(row.group));
    if (earlier === flag) {
      refusals.push(
        new PortolanError(
          'invalid_option',
          `${flag} is given twice.`,
          'Give it once; lists are joined with commas.',
        ),
      );
    } else if (earlier !== undefined) {
      refusals.push(conflict(earlier, flag, `only one ${row.group ?? 'of them'} can be chosen`));
    }
    seen.set(flag, flag);
    if (row.group !== undefined) seen.set(row.group, flag);
  }
  const rows = options.map(rowOf);
  const scans = rows.filter((row) => row.scans !== undefined);
  for (const quiet of ['-sn', '-sL'].filter((flag) => has(options, flag))) {
    const useless = rows.filter(
      ({ flag, scans, group, ping }) =>
        scans !== undefined ||
        group === 'ports' ||
        ['-sV', '-O', '--exclude-ports', '--scanflags'].includes(flag) ||
        (quiet === '-sL' && (ping || ['-sn', '-sC', '--script', '--traceroute'].includes(flag))),
    );
    refusals.push(...useless.map(({ flag }) => conflict(quiet, flag, `${quiet} scans no ports`)));
  }
  if (has(options, '-sO')) {
    const others = [...scans, ...rows.filter(({ flag }) => flag === '-sV')].filter(
      ({ flag }) => flag !== '-sO',
    );
    refusals.push(...others.map(({ flag }) => conflict('-sO', flag, 'IP protocols are scanned alone')));
  }
  if (has(options, '-Pn')) {
    const pings = rows.filter(({ ping }) => ping);
    refusals.push(...pings.map(({ flag }) => conflict('-Pn', flag, '-Pn takes every host to be up')));
  }
  refusals.push(
    ...rows.flatMap(({ flag, needs }) =>
      needs === undefined || has(options, needs)
        ? []
        : [
            new PortolanError(
              'invalid_option',
              `${flag} works with ${needs} only.`,
              `Add ${needs}, or leave ${flag} out.`,
            ),
          ],
    ),
    ...fragments(rows, options),
    ...wrongOrder(options),
  );
  return refusals;
}

/** nmap fragments TCP probes that it makes itself, and ends over all others. */
function fragments(rows: readonly FlagRow[], options: readonly ScanOption[]): PortolanError[] {
  const row = rows.find(({ group }) => group === 'fragments');
  if (!row || (scannedProtocols(options).join() === 'tcp' && !has(options, '-sT'))) return [];
  return [
    new PortolanError(
      'invalid_option',
      `${row.flag} works with raw TCP scans only.`,
      `Use it with -sS alone, or leave ${row.flag} out.`,
    ),
  ];
}

/** --min-x over --max-x: nmap refuses some of these and is silent on others. */
function wrongOrder(options: readonly ScanOption[]): PortolanError[] {
  return options.flatMap(({ flag, value }) => {
    if (!flag.startsWith('--min-')) return [];
    const most = options.find((other) => other.flag === flag.replace('--min-', '--max-'))?.value;
    if (most === undefined || value === undefined || flag.endsWith('timeout')) return [];
    return Number(value) > Number(most)
      ? [conflict(flag, flag.replace('min', 'max'), 'the least is over the most')]
      : [];
  });
}
