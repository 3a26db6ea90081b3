/**
 * Judges the options of a request together: what contradicts itself, what needs a setting, privileges or a smaller
 * number, and which scripts run. Every refusal is collected, so that a plan can show them all.
 */
import { parseNetwork, type Span } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import { parsePorts } from '../core/ports.ts';
import type { ScanOption } from '../core/request.ts';
import type { CoverageNote } from '../core/result.ts';
import { has, rowOf, scannedProtocols } from './asked-options.ts';
import { checkOption } from './command.ts';
import { conflict, contradictions } from './contradictions.ts';
import type { PolicyFacts, Privileges } from './facts.ts';
import { refusals } from './refusals.ts';
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
    ...refusals(given, options, settings, facts, privileges),
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

function partition<T>(all: readonly T[], fits: (one: T) => boolean): [T[], T[]] {
  return [all.filter(fits), all.filter((one) => !fits(one))];
}

const addressesOf = (options: readonly ScanOption[], flag: string): Span[] =>
  (options.find((option) => option.flag === flag)?.value ?? '')
    .split(',')
    .flatMap((word) => parseNetwork(word) ?? []);

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
