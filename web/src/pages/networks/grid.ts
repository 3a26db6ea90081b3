/** Addresses as places of a grid of 16 by 16, one grid for each /24. */

export const SIDE = 16;
export const CELLS = SIDE * SIDE;
/** Grids of one page; a larger network is chosen from by its parts. */
export const MOST_GRIDS = 16;

export interface Span {
  first: number;
  last: number;
}

/** An IPv4 address as a number. @returns undefined for anything else */
export function numberOf(address: string): number | undefined {
  const [, ...parts] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address) ?? [];
  if (parts.length !== 4 || parts.some((part) => Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function addressOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** What `10.0.0.0/22`, `10.0.0.5-9`, `10.0.0.0-10.0.1.255` or one address spans. @returns undefined for what is no IPv4 */
export function spanOf(network: string): Span | undefined {
  const [, start = '', length, end] = /^([\d.]+)(?:\/(\d{1,2})|-([\d.]+))?$/.exec(network.trim()) ?? [];
  const first = numberOf(start);
  if (first === undefined) return undefined;
  if (length !== undefined) {
    if (Number(length) > 32) return undefined;
    const size = 2 ** (32 - Number(length));
    const from = Math.floor(first / size) * size;
    return { first: from, last: from + size - 1 };
  }
  if (end === undefined) return { first, last: first };
  const last = end.includes('.') ? numberOf(end) : first - (first % 256) + Number(end);
  return last === undefined || last < first ? undefined : { first, last };
}

/** The /24 that a span touches, as many as a page shows. */
export function gridsOf({ first, last }: Span): string[] {
  const grids: string[] = [];
  for (let at = first - (first % CELLS); at <= last && grids.length < MOST_GRIDS; at += CELLS)
    grids.push(`${addressOf(at)}/24`);
  return grids;
}

/** Where a key leads from a place of the grid. @returns undefined for a key that leads nowhere */
export function moved(place: number, key: string): number | undefined {
  const row = place - (place % SIDE);
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, place - 1);
    case 'ArrowRight':
      return Math.min(CELLS - 1, place + 1);
    case 'ArrowUp':
      return place >= SIDE ? place - SIDE : place;
    case 'ArrowDown':
      return place < CELLS - SIDE ? place + SIDE : place;
    case 'Home':
      return row;
    case 'End':
      return row + SIDE - 1;
    case 'PageUp':
      return place % SIDE;
    case 'PageDown':
      return CELLS - SIDE + (place % SIDE);
    default:
      return undefined;
  }
}

/** Two places of a grid as a target of a scan: `10.0.0.16-40`. */
export function targetOf(grid: string, a: number, b: number): string {
  const base = grid.replace(/\.\d+\/24$/, '');
  const [from, to] = a <= b ? [a, b] : [b, a];
  return from === 0 && to === CELLS - 1 ? grid : `${base}.${from}${from === to ? '' : `-${to}`}`;
}

/** When each place was looked at last, in ms. */
export function lastLooks(
  grid: string,
  looks: readonly { first: string; last: string; at: string }[],
): (number | undefined)[] {
  const start = spanOf(grid)?.first ?? 0;
  const latest = new Array<number | undefined>(CELLS).fill(undefined);
  for (const look of looks) {
    const [first, last] = [numberOf(look.first), numberOf(look.last)];
    if (first === undefined || last === undefined) continue;
    const at = Date.parse(look.at);
    for (let place = Math.max(0, first - start); place <= Math.min(CELLS - 1, last - start); place += 1)
      latest[place] = Math.max(latest[place] ?? 0, at);
  }
  return latest;
}
