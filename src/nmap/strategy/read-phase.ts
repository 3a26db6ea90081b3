/** Reads the report of a finished phase back from its folder, with the ports that nmap only counted. */
import { join } from 'node:path';
import { portSet } from '../../core/port-set.ts';
import { singular } from '../coverage/port-reasons.ts';
import { readBlocks } from '../recovery/replay.ts';
import { REPORT_FILE } from '../run/files.ts';
import { createXmlDecoder } from '../xml/bytes.ts';
import { createXmlReader } from '../xml/parse.ts';
import { optional } from '../xml/read-numbers.ts';
import type { Answer, HostSeen } from './findings.ts';

/** nmap counted ports without naming them (versions before 7.90): phases cannot build on that. */
export class PortsUnnamed extends Error {}

export async function readPhase(directory: string): Promise<HostSeen[]> {
  const seen: HostSeen[] = [];
  const decoder = createXmlDecoder();
  const reader = createXmlReader({
    host: (host) => seen.push({ host, answers: answersOf(host) }),
  });
  await readBlocks(join(directory, REPORT_FILE), (bytes) => reader.write(decoder.decode(bytes)));
  reader.write(decoder.end());
  reader.end();
  return seen;
}

/** The state of every TCP port that was asked. @throws PortsUnnamed when some are only counted */
export function answersOf(host: HostSeen['host']): Map<number, Answer> {
  const answers = new Map<number, Answer>();
  for (const { port, protocol, state, reason = '', details } of host.ports) {
    if (protocol === 'tcp') answers.set(port, { state, reason, ...optional('ttl', details?.reason_ttl) });
  }
  let counted = 0;
  let named = 0;
  for (const { state, count, reasons = [] } of host.other_ports ?? []) {
    counted += count;
    for (const { reason, protocol, ports = '' } of reasons) {
      if (protocol !== 'tcp') continue;
      // nmap shortens the reasons of counted ports to these words in its list; the plural is its own.
      const answer: Answer = { state, reason: singular(reason) };
      for (const port of portSet(ports)) {
        answers.set(port, answer);
        named += 1;
      }
    }
  }
  if (named < counted) throw new PortsUnnamed();
  return answers;
}
