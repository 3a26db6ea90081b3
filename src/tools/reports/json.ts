import type { HostResult } from '../../core/result.ts';
import type { Task } from '../../core/task.ts';
import { UNTRUSTED_NOTICE } from '../call/untrusted-notice.ts';
import { hostOutput } from '../results/host-output.ts';
import { summaryOf } from './summary.ts';

/** One JSON document: the facts of the scan, then `hosts`, one to a line. */
export async function* jsonReport(task: Task, hosts: AsyncIterable<HostResult>): AsyncIterable<string> {
  const head = JSON.stringify({ ...summaryOf(task), notice: UNTRUSTED_NOTICE }, null, 2);
  yield `${head.slice(0, -2)},\n  "hosts": [`;
  let separator = '\n    ';
  for await (const host of hosts) {
    yield separator + JSON.stringify(hostOutput(host));
    separator = ',\n    ';
  }
  yield '\n  ]\n}\n';
}
