/**
 * Records the cases of this folder's tables (direction.ts and so on), several at a time, each in namespaces of its own,
 * and writes beside them what tshark counts in them. Needs root, iproute2, nftables, tcpdump, tshark (with editcap and
 * mergecap), curl, netcat-openbsd, ncat, tftpd-hpa and the scanners: nmap, masscan, zmap, hping3, fping, arp-scan.
 *
 *   node test/captures/record/scans/record.ts [--out FOLDER] [--jobs N] [--recount] [NAME-OR-BEGINNING...]
 *
 * With --recount, nothing is recorded: the captures that are there are counted again.
 * With --out, files FOLDER/NAME.pcap and FOLDER/NAME.json are written instead of test/captures/cases/NAME.
 */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BLOCK } from './blocks.ts';
import { capture, run } from './capture.ts';
import type { ScanCase } from './case.ts';
import { DIRECTION } from './direction.ts';
import { EVERYWHERE } from './everywhere.ts';
import { FLAGS } from './flags.ts';
import { build, six } from './lab.ts';
import { meshed } from './mesh.ts';
import { MIXED } from './mixed.ts';
import { SHAPES } from './shapes.ts';
import { MANY } from './sources.ts';
import { SWEEPS } from './sweeps.ts';
import { THRESHOLDS } from './thresholds.ts';
import { TIMES } from './times.ts';
import { count } from './truth.ts';
import { TWICE } from './twice.ts';
import { VARIANTS } from './variants.ts';
import { WORMS } from './worms.ts';

const HERE = import.meta.dirname;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    jobs: { type: 'string', default: '4' },
    recount: { type: 'boolean', default: false },
  },
});

/** A line of a case with its words in braces filled in. */
function words(one: ScanCase, line: string, mac: string, actors: string): string {
  const { net, me, hosts } = one.site;
  const known: Record<string, string> = {
    net,
    net6: six(net),
    me: `${net}.${me[0]}`,
    host: `${net}.${hosts[0]}`,
    mac,
    actors,
    nmap: 'nmap -n -e scan0',
  };
  return line.replace(/\{(\w+)\}/g, (whole, word: string) => known[word] ?? whole);
}

async function record(one: ScanCase): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ptl-'));
  const lab = build(one.name.replace(/[^a-z0-9]/g, '').slice(0, 40), one.site);
  const actors = `${process.execPath} ${path.join(HERE, 'actors.ts')}`;
  const fill = (line: string) => words(one, line, lab.mac, actors);
  const services: ReturnType<typeof spawn>[] = [];
  try {
    for (const line of one.there ?? []) {
      const text = fill(line);
      if (!text.endsWith('&')) {
        await run(lab.asked, text);
        continue;
      }
      services.push(
        spawn('ip', ['netns', 'exec', lab.asked, 'bash', '-c', `exec ${text.slice(0, -1)}`], {
          stdio: 'ignore',
        }),
      );
    }
    if (one.there?.some((line) => line.endsWith('&'))) await sleep(1500);
    const files: string[] = [];
    for (const [i, part] of one.parts.entries()) {
      const taps = await capture(one, lab, part.run.map(fill), folder, `${i}`);
      for (const [tap, file] of taps.entries()) {
        const shift = (part.shift ?? 0) + (tap === 1 ? (one.skew ?? 0) : 0);
        const moved = `${file}.moved`;
        execFileSync('editcap', ['-F', 'pcap', '-t', `${shift}`, file, moved]);
        files.push(moved);
      }
    }
    const merged = path.join(folder, 'merged.pcap');
    execFileSync('mergecap', ['-F', 'pcap', '-w', merged, ...files]);
    if (one.mesh) writeFileSync(merged, meshed(readFileSync(merged)));
    write(one, merged);
  } finally {
    for (const service of services) service.kill();
    lab.remove();
    rmSync(folder, { recursive: true });
  }
}

function recorded(one: ScanCase): string {
  return values.out === undefined
    ? path.join(HERE, '..', '..', 'cases', one.name, 'capture.pcap')
    : path.join(values.out, `${one.name}.pcap`);
}

function write(one: ScanCase, file: string): void {
  const suspects = one.expected.map(({ from, more, without = [], times, seen_twice, ...rest }) => {
    const source = from ?? rest.ip;
    const fold = seen_twice === true ? 2 : 1;
    const { first, last, ...seen } = count(file, source, rest.technique, more);
    const all: Record<string, unknown> = { ...seen, probes: seen.probes / fold };
    for (const key of without) delete all[key];
    return { ...all, ...(times === true ? { first_seen: first, last_seen: last } : {}), ...rest };
  });
  const { name, about, may = [], minPorts } = one;
  const said = (line: string) => words(one, line, 'MAC', 'node actors.ts');
  const expected = {
    suspects,
    ...(may.length === 0 ? {} : { may }),
    ...(minPorts === undefined ? {} : { min_ports: minPorts }),
    complete: true,
  };
  const json = `${JSON.stringify(expected, null, 2)}\n`;
  if (file !== recorded(one)) {
    mkdirSync(path.dirname(recorded(one)), { recursive: true });
    copyFileSync(file, recorded(one));
  }
  if (values.out !== undefined) {
    writeFileSync(path.join(values.out, `${name}.json`), json);
  } else {
    const folder = path.join(HERE, '..', '..', 'cases', name);
    writeFileSync(path.join(folder, 'expected.json'), json);
    writeFileSync(
      path.join(folder, 'ORIGIN.md'),
      [
        `# ${name}`,
        '',
        `${about[0]?.toUpperCase()}${about.slice(1)}.`,
        '',
        'Recorded by `test/captures/record/scans/record.ts` in network namespaces of its own, 128 bytes of each packet.',
        ...(one.skew === undefined ? [] : [`The answers are re-timed by ${one.skew} s with editcap.`]),
        ...(one.mesh
          ? ['Each frame is put into the header of a B.A.T.M.A.N. mesh afterwards, by `mesh.ts`.']
          : []),
        'The counts in `expected.json` are those of tshark. What ran:',
        '',
        ...(one.there ?? []).map((line) => `    (asked side) ${said(line)}`),
        ...one.parts.flatMap((part) => [
          ...part.run.map((line) => `    ${said(line)}`),
          ...(part.shift
            ? [`    (all above since the last such line: re-timed by ${part.shift} s with editcap)`]
            : []),
        ]),
        '',
        'Our own capture, under the licence of this repository.',
        '',
      ].join('\n'),
    );
  }
  console.log(`${name}: ${statSync(file).size} bytes`);
  for (const one of suspects) console.log(`  ${JSON.stringify(one).slice(0, 300)}`);
}

/** Recorded with --out only: too large for the repository, or too like others that are in it. */
const SPARE = new Set([
  'block-2000-ports-8-hosts',
  'block-64-hosts',
  'block-with-open-hosts-elsewhere',
  'browse-then-445-raw',
  'browse-then-445-refused',
  'busy-server-scanned',
  'campaigns-five',
  'flags-psh-urg',
  'honeypot-connect-400',
  'honeypot-connect-1000',
  'honeypot-nc',
  'lateral-nmap-connect',
  'mixed-lateral-block',
  'mixed-masscan-and-connect',
  'mixed-small-slow-scan',
  'sources-masscan',
  'sources-one-port-each-syn',
  'six-techniques-stealth-first',
  'syn-from-53-among-visits',
  'syn-from-80-among-visits',
  'syn-twice',
  'translated-connect',
  'twice-both-ends-connect',
  'visits-then-connect',
  'worm-with-sessions',
]);

const all = [
  ...BLOCK,
  ...DIRECTION,
  ...EVERYWHERE,
  ...FLAGS,
  ...MIXED,
  ...SHAPES,
  ...MANY,
  ...SWEEPS,
  ...THRESHOLDS,
  ...TIMES,
  ...TWICE,
  ...VARIANTS,
  ...WORMS,
];
const unknown = positionals.filter((name) => !all.some((one) => one.name.startsWith(name)));
if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(' ')}`);
const queue = all.filter(
  (one) =>
    (values.out !== undefined || !SPARE.has(one.name)) &&
    (positionals.length === 0 || positionals.some((name) => one.name.startsWith(name))),
);
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      try {
        if (values.recount) write(one, recorded(one));
        else await record(one);
      } catch (error) {
        console.error(`${one.name}: ${String(error)}`);
        process.exitCode = 1;
      }
    }
  }),
);
