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

/** Ports gathered one by one or in runs, in any order and more than once; their text is the shortest: `22,80,1000-1010`. */
export class PortRanges {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  add(first: number, last = first): void {
    const latest = this.#firsts.length - 1;
    if (latest >= 0 && first === (this.#lasts[latest] ?? 0) + 1) this.#lasts[latest] = last;
    else {
      this.#firsts.push(first);
      this.#lasts.push(last);
    }
  }

  toString(): string {
    // First and last port in one number: these sort without being called back for each two.
    const ranges = Float64Array.from(
      this.#firsts,
      (first, i) => first * PORTS + (this.#lasts[i] ?? 0),
    ).sort();
    const parts: string[] = [];
    for (let i = 0; i < ranges.length; ) {
      const first = Math.floor((ranges[i] ?? 0) / PORTS);
      let last = (ranges[i] ?? 0) % PORTS;
      while (++i < ranges.length && Math.floor((ranges[i] ?? 0) / PORTS) <= last + 1)
        last = Math.max(last, (ranges[i] ?? 0) % PORTS);
      parts.push(first === last ? `${first}` : `${first}-${last}`);
    }
    return parts.join(',');
  }
}

const PORTS = 65_536;

/** The shortest text of some ports, in whatever order and however often they are given: `1-3,22`. */
export function formatPorts(ports: ArrayLike<number>): string {
  const ranges = new PortRanges();
  for (let i = 0; i < ports.length; i++) ranges.add(ports[i] ?? 0);
  return ranges.toString();
}

/** Whether `22,80,1000-1010` holds a port, without making a set of up to 65,535 numbers for one look-up. */
export function isPortOf(ports: string, port: number): boolean {
  if (ports === '') return false;
  return ports.split(',').some((piece) => {
    const [first, last = first] = piece.split('-').map(Number);
    return first !== undefined && last !== undefined && port >= first && port <= last;
  });
}
