/** What an import is, or would be, in words. */
import type { Imported } from '../exchange.ts';
import type { ImportEnd, Preview } from './import.ts';

const MOST_RANGES = 8;
const count = (number: number, word: string) =>
  `${number.toLocaleString('en-US')} ${word}${number === 1 ? '' : 's'}`;

export function previewText(name: string, preview: Preview): string {
  const { format, hosts, openPorts, from, to, coverage, completeness } = preview;
  const ranges = [
    ...new Set(coverage.map(({ first, last }) => (first === last ? first : `${first}-${last}`))),
  ];
  const times = from === undefined || to === undefined ? '' : `, seen ${moment(from)} to ${moment(to)}`;
  return [
    `${name} (${format}): ${count(hosts, 'host')}, ${count(openPorts, 'port')}${times}. Nothing was kept yet.`,
    completeness === 'full'
      ? `It tells what was asked: ${ranges.slice(0, MOST_RANGES).join(', ')}${ranges.length > MOST_RANGES ? ` and ${count(ranges.length - MOST_RANGES, 'range')} more` : ''}.`
      : 'It tells only what is there: nothing in it counts as closed or gone.',
    ...restOf(preview),
  ].join('\n');
}

export function importedText(name: string, imported: Imported): string {
  const { format, hosts, looks, fresh } = imported;
  return [
    fresh === 0 && looks > 0
      ? `${name} (${format}) was imported before: nothing is new.`
      : `${name} (${format}): ${count(hosts, 'host')} in ${count(looks, 'look')}, ${fresh} of them new, taken into the inventory.`,
    ...restOf(imported),
  ].join('\n');
}

function restOf({ problem, notCompared, leftOut }: ImportEnd): string[] {
  return [
    ...(problem === undefined ? [] : [`It could not be read to its end: ${problem}.`]),
    ...notCompared.map((sentence) => `Not compared: ${sentence}`),
    ...leftOut.map(
      ({ why, count: times, example }) =>
        `Left out ${times.toLocaleString('en-US')} times: ${why}${example === undefined ? '' : `, such as ${JSON.stringify(example)}`}.`,
    ),
  ];
}

const moment = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;
