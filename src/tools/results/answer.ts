import type { Caller } from '../../core/caller.ts';
import { FINAL_STATES, type Task } from '../../core/task.ts';
import type { ResourceLink, ToolAnswer } from '../call/define-tool.ts';
import type { Services } from '../call/services.ts';
import { compose } from './compose.ts';
import { factsOf } from './facts.ts';
import { createFilter } from './filter.ts';
import type { FilterInput } from './filter-inputs.ts';
import type { ScanAnswer } from './output.ts';
import { cutPage, PAGE_SIZES, type PageSize } from './page.ts';
import { nextStep } from './progress.ts';
import { readResult } from './read.ts';
import { scanText, TEXT_BUDGET } from './text.ts';

/** What of a result is asked for. */
export interface Wanted extends FilterInput {
  cursor?: string | undefined;
  detail?: keyof typeof PAGE_SIZES | undefined;
}

/** The answer with the result, whole or so far, from `cursor` on. */
export async function answerWithResult(
  task: Task,
  context: { services: Pick<Services, 'scans'>; caller: Caller },
  wanted: Wanted = {},
): Promise<ToolAnswer<ScanAnswer>> {
  const { cursor, detail = 'summary' } = wanted;
  const filter = createFilter(wanted);
  const full = detail === 'full';
  const facts = factsOf(task);
  const reading = await readResult(context.services.scans, task.id, context.caller, { cursor, filter, full });
  let size: PageSize = PAGE_SIZES[detail];
  for (;;) {
    const page = cutPage(reading, size);
    const structured = compose(facts, page, filter, full && cursor === undefined);
    const text = scanText(structured, { full });
    // The text and the structured content carry the same facts, so both are cut at the same host.
    if (full || text.length <= TEXT_BUDGET || (size.hosts === 1 && size.ports <= 10)) {
      return {
        structured,
        text,
        links: [reportLink(facts.ran.report)],
        ...(FINAL_STATES.has(task.state) ? {} : { runningTask: { id: task.id } }),
      };
    }
    size = smaller(size, page.hosts.length);
  }
}

/** The answer of a call whose scan is not finished: where it is and which tool to call next. */
export function answerRunning(task: Task): ToolAnswer<ScanAnswer> {
  const structured: ScanAnswer = { status: task.state, task_id: task.id, message: nextStep(task) };
  return { structured, text: scanText(structured), runningTask: { id: task.id } };
}

function smaller(size: PageSize, shownHosts: number): PageSize {
  const hosts = Math.max(1, Math.floor(Math.min(size.hosts, shownHosts) / 2));
  return {
    ...size,
    hosts,
    ports: hosts === 1 ? Math.max(10, Math.floor(size.ports / 2)) : size.ports,
    scriptOutput: Math.max(100, Math.floor(size.scriptOutput / 2)),
  };
}

/** One, to read: the text names the others. */
function reportLink(uri: string): ResourceLink {
  return {
    uri,
    name: 'report.md',
    title: 'Report to read',
    mimeType: 'text/markdown',
  };
}
