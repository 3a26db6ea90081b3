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

/** The shortest text of the set: `1-3,22`. */
export function formatPorts(ports: PortSet): string {
  const pieces: string[] = [];
  for (let at = 0; at < ports.length; ) {
    const first = ports[at] ?? 0;
    let last = first;
    for (at += 1; ports[at] === last + 1; at += 1) last += 1;
    pieces.push(first === last ? String(first) : `${first}-${last}`);
  }
  return pieces.join(',');
}
