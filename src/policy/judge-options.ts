/**
 * Judges the options of a request together: what contradicts itself, what needs a setting, privileges or a smaller
 * number, and which scripts run. Every refusal is collected, so that a plan can show them all.
 */
import { parseNetwork, type Span } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import { parsePorts } from '../core/ports.ts';
import type { ScanOption } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { FLAGS, type FlagRow, flagRow } from './allowed-options.ts';
import { checkOption } from './command.ts';
import type { PolicyFacts, Privileges } from './facts.ts';
import { withServerName } from './script-arguments.ts';
import { type ScriptSelection, selectScripts } from './scripts.ts';
import type { PolicySettings } from './settings.ts';

export interface JudgedOptions {
  /** Canonical, in the order asked, ready to be written; without -6 and --exclude, which are about targets. */
  options: ScanOption[];
  scriptCount: number;
  /** It needed the leave for intrusive scripts. */
  intrusive: boolean;
  /** The value of --exclude. */
  exclude: string | undefined;
  /** The addresses of -D. */
  decoys: Span[];
  /** Those of --dns-servers. */
  servers: Span[];
  notes: CoverageNote[];
  refusals: PortolanError[];
}

/** What nmap calls -A (nmap manual, -A), each option judged on its own. */
const AGGRESSIVE = ['-O', '-sV', '-sC', '--traceroute'];

export async function judgeOptions(
  asked: readonly ScanOption[],
  settings: PolicySettings,
  facts: PolicyFacts,
  privileges: Privileges,
  intrusive: boolean,
): Promise<JudgedOptions> {
  const judged: JudgedOptions = {
    options: [],
    scriptCount: 0,
    intrusive: false,
    exclude: undefined,
    decoys: [],
    servers: [],
    notes: [],
    refusals: [],
  };
  const attempt = <T>(decide: () => T): T | undefined => {
    try {
      return decide();
    } catch (error) {
      if (!(error instanceof PortolanError)) throw error;
      judged.refusals.push(error);
      return undefined;
    }
  };

  const given = asked.flatMap((option) => attempt(() => checkOption(option)) ?? []);
  const aggressive = AGGRESSIVE.filter((flag) => !has(given, flag));
  const [possible, beyond] = partition(
    aggressive,
    (flag) => privileges.raw || rowOf({ flag }).raw === undefined,
  );
  if (has(given, '-A') && beyond.length > 0) {
    judged.notes.push({
      kind: 'downgraded',
      message: `-A without ${beyond.join(' and ')}, as nmap has no raw sockets here (${privileges.detail}).`,
    });
  }
  const options = given.flatMap((option): ScanOption[] => {
    if (option.flag === '-A') return possible.map((flag) => ({ flag }));
    const { instead } = rowOf(option);
    if (instead === undefined) return [option];
    judged.notes.push({ kind: 'strategy', message: `${option.flag} was left out. ${instead}` });
    return [];
  });
  judged.refusals.push(
    ...contradictions(given, options),
    ...given.flatMap((option) => refuseRisk(rowOf(option), settings) ?? []),
    ...options.flatMap((option) => refusePrivileges(rowOf(option), privileges) ?? []),
    ...options.flatMap((option) => refuseSize(option, settings) ?? []),
    ...options.flatMap((option) => refuseInterface(option, facts) ?? []),
  );
  const base = has(options, '-sO') ? 'ip' : undefined;
  for (const { flag, value } of options) {
    if ((flag !== '-p' && flag !== '--exclude-ports') || value === undefined) continue;
    const list = attempt(() => parsePorts(value, settings.maxPortRanges, base));
    if (list && flag === '-p') judged.notes.push(...unscannedProtocols(list.pieces, options));
  }
  judged.exclude = options.find(({ flag }) => flag === '--exclude')?.value;
  judged.decoys = addressesOf(options, '-D');
  judged.servers = addressesOf(options, '--dns-servers');
  judged.options = options.filter(({ flag }) => flag !== '-6' && flag !== '--exclude');
  chooseTechnique(judged, privileges);

  const words = [
    ...(has(options, '-sC') ? ['default'] : []),
    ...(options.find(({ flag }) => flag === '--script')?.value?.split(',') ?? []),
  ];
  if (words.length > 0) {
    const catalogue = await facts.scripts();
    const selection = attempt(() =>
      selectScripts(words, catalogue, { intrusive, named: new Set(settings.allowedScripts) }),
    );
    if (selection) replaceScripts(judged, selection);
  }
  if (words.length > 0 || has(options, '-sV')) stayOnTargets(judged);
  return judged;
}

const has = (options: readonly ScanOption[], flag: string): boolean =>
  options.some((option) => option.flag === flag);

function partition<T>(all: readonly T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}

const addressesOf = (options: readonly ScanOption[], flag: string): Span[] =>
  (options.find((option) => option.flag === flag)?.value ?? '')
    .split(',')
    .flatMap((word) => parseNetwork(word) ?? []);

function rowOf({ flag }: ScanOption): FlagRow {
  const row = flagRow(flag);
  if (!row) throw new Error(`${flag} was checked and has no row`);
  return row;
}

const conflict = (a: string, b: string, why: string): PortolanError =>
  new PortolanError('invalid_option', `${a} and ${b} do not go together: ${why}.`, `Leave out ${a} or ${b}.`);

function contradictions(given: readonly ScanOption[], options: readonly ScanOption[]): PortolanError[] {
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

function refuseRisk(row: FlagRow, settings: PolicySettings): PortolanError | undefined {
  if (row.risk === 'evasion' && !settings.allowEvasion) {
    return new PortolanError(
      'needs_evasion',
      `${row.flag} hides or forges where probes come from.`,
      `Leave ${row.flag} out, or ask the operator to set security.allowEvasion.`,
    );
  }
  return undefined;
}

function refusePrivileges(row: FlagRow, privileges: Privileges): PortolanError | undefined {
  if (!row.raw || privileges.raw) return undefined;
  return new PortolanError(
    'needs_privileges',
    `${row.flag} needs raw sockets, and nmap has none here (${privileges.detail}).`,
    row.scans === 'tcp'
      ? 'Use -sT, which needs none, or run `portolan doctor` to see how to give nmap the privilege.'
      : `Leave ${row.flag} out, or run \`portolan doctor\` to see how to give nmap the privilege.`,
  );
}

function refuseSize({ flag, value }: ScanOption, settings: PolicySettings): PortolanError | undefined {
  if ((flag !== '--min-rate' && flag !== '--max-rate') || Number(value) <= settings.maxRate) return undefined;
  return new PortolanError(
    'option_not_allowed',
    `${flag} ${value} is too fast.`,
    `Ask for ${settings.maxRate} packets a second or fewer.`,
    { limit: `at most ${settings.maxRate} packets a second` },
  );
}

function refuseInterface({ flag, value = '' }: ScanOption, facts: PolicyFacts): PortolanError | undefined {
  if (flag !== '-e' || facts.interfaces().includes(value)) return undefined;
  return new PortolanError(
    'invalid_option',
    `There is no network interface ${value} here that is up and has an address.`,
    `Use one of: ${facts.interfaces().join(', ')}; or leave -e out.`,
  );
}

/** Ports after `U:` without -sU are not scanned by nmap, which only warns. */
function unscannedProtocols(
  pieces: readonly { protocol?: string }[],
  options: readonly ScanOption[],
): CoverageNote[] {
  const scanned = scannedProtocols(options);
  const asked = new Set(pieces.flatMap(({ protocol }) => protocol ?? []));
  return [...asked]
    .filter((protocol) => !scanned.some((other) => other === protocol))
    .map((protocol) => ({
      kind: 'not_scanned',
      message: `The port list names ${protocol} ports, but no ${protocol} scan was asked for, so they are not scanned.`,
    }));
}

/** Which protocols' ports are scanned: TCP unless something else is said. */
export function scannedProtocols(options: readonly ScanOption[]): readonly ('tcp' | 'udp' | 'sctp' | 'ip')[] {
  if (has(options, '-sn') || has(options, '-sL')) return [];
  const said = FLAGS.filter((row) => row.scans !== undefined && has(options, row.flag)).flatMap(
    ({ scans }) => scans ?? [],
  );
  return said.length > 0 ? [...new Set(said)] : ['tcp'];
}

/** nmap falls back to connect() by itself and in silence; here the argv says so, and a note. */
function chooseTechnique(judged: JudgedOptions, privileges: Privileges): void {
  const quiet = has(judged.options, '-sn') || has(judged.options, '-sL');
  if (privileges.raw || quiet || judged.options.some((option) => rowOf(option).scans !== undefined)) return;
  judged.options.unshift({ flag: '-sT' });
  judged.notes.push({
    kind: 'downgraded',
    message: `A connect scan (-sT) instead of a SYN scan, as nmap has no raw sockets here (${privileges.detail}).`,
  });
}

function replaceScripts(judged: JudgedOptions, selection: ScriptSelection): void {
  const place = judged.options.findIndex(({ flag }) => flag === '-sC' || flag === '--script');
  judged.options[place] = { flag: '--script', value: selection.expression };
  judged.options = judged.options.filter(
    ({ flag }, index) => index === place || (flag !== '-sC' && flag !== '--script'),
  );
  judged.scriptCount = selection.count;
  judged.intrusive = selection.intrusive;
  judged.notes.push(...selection.notes);
}

/**
 * Scripts (also those of -sV) follow HTTP redirects within "the domain" of the host. Without -n that domain comes from
 * the target's own PTR record, so a hostile target could lead them to any address (nselib/http.lua, redirect_ok).
 */
function stayOnTargets(judged: JudgedOptions): void {
  if (has(judged.options, '-n')) return;
  const lookups = judged.options.filter(({ flag }) => flag === '-R' || flag === '--system-dns');
  judged.refusals.push(
    ...lookups.map(({ flag }) =>
      conflict(flag, 'scripts or -sV', "a target's reverse name could lead scripts to other hosts"),
    ),
  );
  judged.options.push({ flag: '-n' });
  judged.notes.push({
    kind: 'not_scanned',
    message:
      "Reverse names were not looked up (-n): a target's own name could lead scripts and version detection to other hosts.",
  });
}

/**
 * nmap gets addresses alone; where all of them come from one name, its scripts say that name to HTTP and TLS services.
 */
export function sayName(
  options: ScanOption[],
  name: string | undefined,
): { options: ScanOption[]; notes: CoverageNote[] } {
  if (name === undefined || !has(options, '--script')) return { options, notes: [] };
  const given = options.find(({ flag }) => flag === '--script-args')?.value;
  const rest = options.filter(({ flag }) => flag !== '--script-args');
  if (given?.includes('http.host=') && given.includes('tls.servername=')) return { options, notes: [] };
  return {
    options: [...rest, { flag: '--script-args', value: withServerName(given, name) }],
    notes: [
      {
        kind: 'names',
        message: `Scripts say the name ${name} to HTTP and TLS services (http.host, tls.servername).`,
      },
    ],
  };
}
