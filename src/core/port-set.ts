/** Sets of port numbers, as the phases of a scan hand them to each other: sorted, without repetition. */

export type PortSet = readonly number[];

/** Reads `1-3,22` as nmap writes it in its reports; anything else is left out. */
export function portSet(text: string): PortSet {
  const ports: number[] = [];
  for (const piece of text.split(',')) {
    const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece) ?? [];
    if (from === undefined) continue;
    const last = Math.min(Number(to ?? from), 65_535);
    for (let port = Number(from); port <= last; port += 1) ports.push(port);
  }
  return sorted(ports);
}

export function sorted(ports: Iterable<number>): PortSet {
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** The shortest text of some ports, in whatever order and however often they are given: `1-3,22`. */
export function formatPorts(ports: ArrayLike<number>): string {
  const ascending = new Int32Array(ports);
  if (!isAscending(ascending)) ascending.sort();
  const pieces: string[] = [];
  for (let at = 0; at < ascending.length; ) {
    const first = ascending[at];
    let last = ascending[at] ?? 0;
    for (at += 1; (ascending[at] ?? Number.POSITIVE_INFINITY) - last <= 1; at += 1) last = ascending[at] ?? 0;
    pieces.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return pieces.join(',');
}

function isAscending(numbers: Int32Array): boolean {
  for (let i = 1; i < numbers.length; i++) if ((numbers[i] ?? 0) < (numbers[i - 1] ?? 0)) return false;
  return true;
}
