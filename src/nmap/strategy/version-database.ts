/**
 * Service databases of our own, made at run time from the one of the installed nmap: the same probes and the same
 * matches, dealt over several processes. Format: nmap's "Service and Application Version
 * Detection", nmap-service-probes File Format.
 */

interface Probe {
  name: string;
  tcp: boolean;
  /** The lines of its section, its `Probe` line first. */
  lines: string[];
  rarity: number;
  fallback: string[];
}

export interface VersionDatabase {
  /** What stands before the first probe: the excluded ports. */
  head: string[];
  probes: Probe[];
}

/** nmap's default of --version-intensity; a probe is sent to any port when its rarity is not above it. */
export const DEFAULT_INTENSITY = 7;
/** Above every intensity: such a probe is sent only to ports that its `ports` lines name. */
const NEVER = 9;

export function parseVersionDatabase(text: string): VersionDatabase {
  const head: string[] = [];
  const probes: Probe[] = [];
  for (const line of text.split('\n')) {
    const start = /^Probe (TCP|UDP) (\S+) /.exec(line);
    if (start) {
      const [, protocol, name = ''] = start;
      probes.push({ name, tcp: protocol === 'TCP', lines: [line], rarity: 5, fallback: [] });
      continue;
    }
    if (line === '' || line.startsWith('#')) continue;
    const probe = probes.at(-1);
    if (!probe) head.push(line);
    else {
      probe.lines.push(line);
      const rarity = /^rarity (\d)/.exec(line)?.[1];
      if (rarity !== undefined) probe.rarity = Number(rarity);
      const fallback = /^fallback (\S+)/.exec(line)?.[1];
      if (fallback !== undefined) probe.fallback = fallback.split(',');
    }
  }
  return { head, probes };
}

/** The shortest that nmap takes, in milliseconds. */
const LEAST_WAIT = 100;
/** What nmap waits for an answer to a probe unless its section says otherwise, in milliseconds. */
const USUAL_WAIT = 5000;

/** How long one nmap asks a port that never says a word, in milliseconds: all waits one after the other. */
export function silenceTakes(database: VersionDatabase, intensity: number): number {
  const waits = [...greetings(database), ...commonProbes(database, intensity)].map(({ lines }) => {
    const wait = lines.find((line) => line.startsWith('totalwaitms '))?.split(' ')[1];
    return wait === undefined ? USUAL_WAIT : Number(wait);
  });
  return waits.reduce((sum, wait) => sum + wait, 0);
}

/** Sends nothing and waits for no greeting: what is left are nmap's version scripts. */
export function scriptsDatabase(database: VersionDatabase): string {
  return write(
    database.head,
    greetings(database).map((probe) => section(probe, { waitMs: LEAST_WAIT })),
  );
}

/**
 * For ports that say nothing: the probes dealt in nmap's order over at most `count` databases, each with its full waits.
 * The first two send none of them: one ends at once, so that nmap's version scripts, which take half a minute on a port
 * that says nothing, run beside all waiting; one waits NULL's full time for a late greeting. NULL is in every database,
 * because its matches serve every probe.
 */
export function dealtDatabases(database: VersionDatabase, intensity: number, count: number): string[] {
  const tcp = database.probes.filter((probe) => probe.tcp && probe.name !== 'NULL');
  const common = commonProbes(database, intensity);
  const share = Math.max(1, Math.ceil(common.length / Math.max(1, count - 2)));
  const hands: Probe[][] = [];
  let commonSeen = 0;
  for (const probe of tcp) {
    if (common.includes(probe)) commonSeen += 1;
    const hand = Math.floor(Math.max(0, commonSeen - 1) / share);
    hands[hand] = [...(hands[hand] ?? []), probe];
  }
  const greeting = greetings(database);
  const atOnce = greeting.map((probe) => section(probe, { waitMs: LEAST_WAIT }));
  return [
    scriptsDatabase(database),
    write(
      database.head,
      greeting.map((probe) => section(probe, {})),
    ),
    ...hands.map((hand) => write(database.head, [...atOnce, ...sectionsOf(hand, database)])),
  ];
}

/** The probes of a hand, and those they fall back to, which are there for their matches alone. */
function sectionsOf(hand: readonly Probe[], { probes }: VersionDatabase): string[][] {
  const needed = new Set<Probe>();
  const need = (probe: Probe) => {
    for (const other of probes.filter(({ name }) => probe.fallback.includes(name))) {
      if (needed.has(other) || hand.includes(other)) continue;
      needed.add(other);
      need(other);
    }
  };
  for (const probe of hand) need(probe);
  return probes.flatMap((probe) => {
    if (hand.includes(probe)) return [section(probe, {})];
    return needed.has(probe) ? [section(probe, { rarity: NEVER, silent: true })] : [];
  });
}

/** The probe of nmap that sends nothing and waits for a greeting. */
function greetings({ probes }: VersionDatabase): Probe[] {
  return probes.filter(({ tcp, name }) => tcp && name === 'NULL');
}

/** Those that are sent to any TCP port, in order, NULL apart. */
function commonProbes({ probes }: VersionDatabase, intensity: number): Probe[] {
  return probes.filter(({ tcp, name, rarity }) => tcp && name !== 'NULL' && rarity <= intensity);
}

/** `silent`: it is there for its matches, and named by no port. */
function section(probe: Probe, change: { waitMs?: number; rarity?: number; silent?: boolean }): string[] {
  const { waitMs, rarity, silent = false } = change;
  const kept = probe.lines.slice(1).filter((line) => {
    if (waitMs !== undefined && line.startsWith('totalwaitms ')) return false;
    if (rarity !== undefined && line.startsWith('rarity ')) return false;
    return !(silent && /^(ssl)?ports /.test(line));
  });
  return [
    probe.lines[0] ?? '',
    ...(waitMs === undefined ? [] : [`totalwaitms ${waitMs}`]),
    ...(rarity === undefined ? [] : [`rarity ${rarity}`]),
    ...kept,
  ];
}

function write(head: readonly string[], sections: readonly string[][]): string {
  return `${[...head, ...sections.flat()].join('\n')}\n`;
}
