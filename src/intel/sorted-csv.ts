/**
 * Looks one address up in a CSV file of `start,end,...` rows that is sorted by start, by halving the file: about a
 * dozen small reads and no table in memory, where loading the 24 MB of the network table would cost half a second.
 */
import { type FileHandle, open } from 'node:fs/promises';

/** Longer than any row of the tables read here. */
const ROW_BYTES = 1024;

/**
 * The fields of the row whose range holds `wanted`, or undefined. `numberOf` turns an address into the number that
 * orders it (its bytes, big-endian), or undefined when it is damaged.
 */
export async function findRow(
  file: string,
  wanted: bigint,
  numberOf: (address: string) => bigint | undefined,
): Promise<string[] | undefined> {
  await using handle = await open(file, 'r');
  let low = 0;
  let high = (await handle.stat()).size;
  let best: string[] | undefined;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await rowAfter(handle, middle);
    const start = row && numberOf(row.fields[0] ?? '');
    if (row === undefined || start === undefined || start > wanted) {
      high = middle;
    } else {
      best = row.fields;
      low = row.next;
    }
  }
  const end = best && numberOf(best[1] ?? '');
  return end !== undefined && end >= wanted ? best : undefined;
}

/** The first whole row that begins at `offset` or after it (offset 0 begins one), and where the next one begins. */
async function rowAfter(
  handle: FileHandle,
  offset: number,
): Promise<{ fields: string[]; next: number } | undefined> {
  const from = Math.max(0, offset - 1);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2 * ROW_BYTES), 0, 2 * ROW_BYTES, from);
  const chunk = buffer.subarray(0, bytesRead);
  const begin = offset === 0 ? 0 : chunk.indexOf(0x0a) + 1;
  if (offset !== 0 && begin === 0) return undefined;
  if (begin >= chunk.length) return undefined;
  const newline = chunk.indexOf(0x0a, begin);
  const end = newline < 0 ? chunk.length : newline;
  return { fields: csvFields(chunk.toString('utf8', begin, end)), next: from + end + 1 };
}

/** RFC 4180 fields of one row. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'));
  }
  return fields;
}
