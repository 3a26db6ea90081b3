/**
 * Speed, memory and right answers of the capture analysis: whole commands side by side with tcpdump (alternating, warm
 * cache, medians of five), tool calls of a server that is warm. The captures are generated; the last lines are the
 * table of docs/benchmarks.md. Ends with status 1 when a scan that was put in is missed or an innocent address is named.
 *
 *   npm run bench:captures [ROW | FILE]...     (rows: see rows.ts; of a file of yours only the times are known)
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inTurn, median } from '../side-by-side.ts';
import { buildBundle, has, Workplace } from './processes.ts';
import { COMMAND_ROWS, type CommandRow, megabytes, PEAK_LIMIT, TOOL_ROWS, type ToolRow } from './rows.ts';
import { callTool } from './tool-calls.ts';
import { judge, named, verdictLines } from './verdict.ts';

const ROUNDS = 5;

interface Measured {
  work: string;
  ours: string;
  theirs: string;
  ratio: string;
  limit: string;
  peakMb: number;
  met: boolean;
}

const workplace = new Workplace(mkdtempSync(path.join(tmpdir(), 'portolan-bench-')));
const asked = process.argv.slice(2);
const wanted = ({ name }: { name: string }) => asked.length === 0 || asked.includes(name);
const table: Measured[] = [];
let wrong = 0;
try {
  if (!has('tcpdump')) throw new Error('tcpdump is not installed: apt-get install tcpdump');
  const rows = new Set([...COMMAND_ROWS, ...TOOL_ROWS].map(({ name }) => name));
  const unknown = asked.filter((name) => !rows.has(name) && !existsSync(name));
  if (unknown.length > 0)
    throw new Error(`neither row nor file: ${unknown.join(', ')}. Rows: ${[...rows].join(', ')}`);
  buildBundle(workplace);
  for (const row of COMMAND_ROWS.filter(wanted)) table.push(await measureCommand(row));
  for (const row of TOOL_ROWS.filter(wanted)) table.push(await measureTool(row));
  for (const file of asked.filter((name) => existsSync(name))) table.push(await compare(file, file));
  printTable();
  console.log(
    wrong === 0
      ? 'Every scan was found, and nobody else named.'
      : `Scans missed or falsely named: ${wrong} (see above).`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
} finally {
  rmSync(workplace.folder, { recursive: true, force: true });
}

async function measureCommand(row: CommandRow): Promise<Measured> {
  const file = workplace.file(`${row.name}.pcap`);
  const labels = row.write(file);
  const measured = await compare(file, row.what, row, (answer) => {
    const verdicts = judge(answer, labels);
    wrong += verdicts.innocent.length + verdicts.scans.filter(({ found }) => !found).length;
    return verdictLines(verdicts);
  });
  rmSync(file);
  return measured;
}

/** @param lines what to print about the answer. */
async function compare(
  file: string,
  what: string,
  row?: Pick<CommandRow, 'limit' | 'nodeApart' | 'tshark'>,
  lines: (answer: ReturnType<Workplace['answer']>['answer']) => string[] = () => [],
): Promise<Measured> {
  console.log(`\n${what}, ${megabytes(file)}`);
  const { answer, peakMb } = workplace.answer(file);
  for (const line of lines(answer)) console.log(`  ${line}`);
  for (const line of answer.approximated ?? []) console.log(`  approximated: ${line}`);

  const node: number[] = [];
  const pairs = await inTurn(
    ROUNDS,
    async () => workplace.portolan(file),
    async () => {
      if (row?.nodeApart === true) node.push(workplace.bareNode());
      return workplace.tcpdump(file);
    },
  );
  const start = node.length > 0 ? median(node.slice(1)) : 0;
  const ours = median(pairs.map(({ a }) => a));
  const theirs = median(pairs.map(({ b }) => b));
  const ratio = median(pairs.map(({ a, b }) => (a - start) / b));
  const seconds = (values: number[]) => values.map((value) => value.toFixed(2)).join(' ');
  console.log(`  portolan ${seconds(pairs.map(({ a }) => a))} s, ${rate(answer.packets, ours)}`);
  console.log(`  tcpdump  ${seconds(pairs.map(({ b }) => b))} s`);
  if (start > 0) console.log(`  node -e 0 ${start.toFixed(3)} s, taken off before the ratio`);
  if (row?.tshark === true) compareWithTshark(file, ours);
  return {
    work: `${what}, ${megabytes(file)}`,
    ours: `${ours.toFixed(2)} s`,
    theirs: start > 0 ? `${theirs.toFixed(2)} s, node ${start.toFixed(3)} s` : `${theirs.toFixed(2)} s`,
    ratio: ratio.toFixed(2),
    limit: row === undefined ? '' : `${row.limit}${row.nodeApart ? ' and the start of Node' : ''}`,
    peakMb,
    met: (row === undefined || ratio <= row.limit) && peakMb <= PEAK_LIMIT,
  };
}

function compareWithTshark(file: string, ours: number): void {
  if (!has('tshark')) {
    console.log('  tshark is not installed');
    return;
  }
  const theirs = workplace.timed('tshark', ['-n', '-q', '-z', 'conv,tcp', '-r', file]);
  console.log(`  tshark -z conv,tcp ${theirs.toFixed(1)} s: ${(theirs / ours).toFixed(0)} times as long`);
}

async function measureTool(row: ToolRow): Promise<Measured> {
  const captures = Array.from({ length: ROUNDS + 1 }, (_, i) => {
    const file = workplace.file(`${row.name}-${i}.pcap`);
    return { file, labels: row.write(file, i + 1) };
  });
  const work = `${row.what}, ${megabytes(captures[0]?.file ?? '')}`;
  console.log(`\n${work}, warm tool call`);
  const calls = await callTool(
    workplace,
    captures.map(({ file }) => file),
  );
  // A tool's answer has no counts for every technique: who, how and in which pattern must be right.
  for (const [i, { labels }] of captures.entries()) {
    const written = labels.flatMap(({ sources, technique, pattern }) =>
      sources.map((ip) => named({ ip, technique, pattern })),
    );
    const told = (calls.answers[i] ?? []).map(named);
    const faults = [
      ...written.filter((scan) => !told.includes(scan)).map((scan) => `MISSED  ${scan}`),
      ...told.filter((scan) => !written.includes(scan)).map((scan) => `FALSE   ${scan}`),
    ];
    wrong += faults.length;
    for (const line of faults.length > 0 ? faults : [`found   ${written.join(', ') || 'nothing, rightly'}`])
      console.log(`  ${line}`);
  }
  const milliseconds = median(calls.warm);
  console.log(
    `  first ${calls.first.toFixed(0)} ms, then ${calls.warm.map((one) => one.toFixed(0)).join(' ')} ms`,
  );
  for (const { file } of captures) rmSync(file);
  return {
    work: `${work}, warm tool call`,
    ours: `${milliseconds.toFixed(0)} ms`,
    theirs: '',
    ratio: '',
    limit: row.limit === undefined ? '' : `${row.limit} ms`,
    peakMb: calls.peakMb,
    met: milliseconds <= (row.limit ?? Number.POSITIVE_INFINITY) && calls.peakMb <= PEAK_LIMIT,
  };
}

function rate(packets: number, seconds: number): string {
  return `${(packets / seconds / 1e6).toFixed(1)} million packets a second`;
}

function printTable(): void {
  console.log(`\n| work | portolan | tcpdump | ratio | at most | peak memory (at most ${PEAK_LIMIT} MB) |`);
  console.log('|---|---|---|---|---|---|');
  for (const { work, ours, theirs, ratio, limit, peakMb, met } of table)
    console.log(
      `| ${work} | ${ours} | ${theirs} | ${ratio} | ${limit}${met ? '' : ': not met'} | ${peakMb.toFixed(0)} MB |`,
    );
  console.log('');
}
