/** `list_suspects` of the shipped server, asked by a real MCP client over stdio. */
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Suspect } from '../../src/captures/analysis.ts';
import { BUNDLE, WITH_PEAK, type Workplace } from './processes.ts';

export type Finding = Pick<Suspect, 'ip' | 'technique' | 'pattern'>;

export interface ToolCalls {
  /** Milliseconds: of the first call, which starts the thread that reads captures, and of the others. */
  first: number;
  warm: number[];
  /** Of the server with all its threads. */
  peakMb: number;
  /** What each file was answered with. */
  answers: Finding[][];
}

/** @param files in the folder of the workplace, each asked about once: a report is kept for the next question. */
export async function callTool(workplace: Workplace, files: readonly string[]): Promise<ToolCalls> {
  const client = new Client({ name: 'bench', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [...WITH_PEAK, BUNDLE],
      env: { ...workplace.env, PORTOLAN_CAPTURES__ALLOWED_DIR: workplace.folder },
      stderr: 'inherit',
    }),
  );
  const times: number[] = [];
  const answers: Finding[][] = [];
  for (const file of files) {
    const begun = performance.now();
    const answer = await client.callTool({ name: 'list_suspects', arguments: { path: path.basename(file) } });
    times.push(performance.now() - begun);
    const content = answer.structuredContent as { suspects?: Finding[] } | undefined;
    if (content?.suspects === undefined)
      throw new Error(`no answer: ${JSON.stringify(answer).slice(0, 300)}`);
    answers.push(content.suspects);
  }
  await client.close();
  const [first = Number.NaN, ...warm] = times;
  return { first, warm, peakMb: workplace.peak(), answers };
}
