/** Ports written as ranges (`22,80,1000-1010`), asked whether they hold one without writing all of them out. */

export class PortSpans {
  static readonly #known = new Map<string, PortSpans>();
  static readonly #most = 2_000;

  /** Reads ranges; the same text is read once, as a network has a handful of port sets. What is no range is left out. */
  static of(text: string): PortSpans {
    const known = PortSpans.#known.get(text);
    if (known) return known;
    const spans = new PortSpans(text);
    if (PortSpans.#known.size >= PortSpans.#most) PortSpans.#known.clear();
    PortSpans.#known.set(text, spans);
    return spans;
  }

  /** First and last of each range, in order, none touching the next. */
  readonly #bounds: readonly (readonly [number, number])[];
  readonly count: number;

  constructor(text: string) {
    const read = text.split(',').flatMap((piece): [number, number][] => {
      const [, from, to] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece) ?? [];
      return from === undefined ? [] : [[Number(from), Number(to ?? from)]];
    });
    read.sort((a, b) => a[0] - b[0]);
    const bounds: [number, number][] = [];
    for (const [first, last] of read) {
      const before = bounds.at(-1);
      if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
      else bounds.push([first, last]);
    }
    this.#bounds = bounds;
    this.count = bounds.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    this.text = bounds.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
  }

  /** The shortest way to write them. */
  readonly text: string;

  *each(): Generator<number> {
    for (const [first, last] of this.#bounds) for (let port = first; port <= last; port += 1) yield port;
  }

  has(port: number): boolean {
    let low = 0;
    let high = this.#bounds.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#bounds[middle] ?? [0, 0];
      if (port < first) high = middle - 1;
      else if (port > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** How many ports are in both. */
  shared(other: PortSpans): number {
    let sum = 0;
    for (const [first, last] of this.#bounds)
      for (const [from, to] of other.#bounds) {
        if (from > last) break;
        sum += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
      }
    return sum;
  }
}
