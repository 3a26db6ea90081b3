/** Writes a report, whole or as much of it as fits: cut between hosts and ports, so that it is a whole document all the same. */
import type { HostResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { REPORT_FORMATS, type ReportFormat } from './formats.ts';

export interface Writing {
  task: Task;
  format: ReportFormat;
  /** About so many characters at most; absent: all. */
  most?: number | undefined;
}

/** @param onCut told when something was left out. */
export async function* writeReport(
  { task, format, most }: Writing,
  hosts: AsyncIterable<HostResult>,
  onCut: () => void = () => {},
): AsyncIterable<string> {
  let written = 0;
  const chosen = most === undefined ? hosts : upTo(hosts, () => most - written, onCut);
  for await (const piece of REPORT_FORMATS[format].write(task, chosen)) {
    written += piece.length;
    yield piece;
  }
}

async function* upTo(
  hosts: AsyncIterable<HostResult>,
  room: () => number,
  onCut: () => void,
): AsyncIterable<HostResult> {
  for await (const host of hosts) {
    let left = room();
    if (left <= 0) {
      onCut();
      return;
    }
    const tooMany = host.ports.findIndex((port) => {
      left -= JSON.stringify(port).length;
      return left < 0;
    });
    if (tooMany === -1) {
      yield host;
      continue;
    }
    onCut();
    yield { ...host, ports: host.ports.slice(0, tooMany) };
    return;
  }
}
