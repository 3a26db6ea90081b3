/** What every scan tool does with its request: ask for consent where that is needed, submit, wait, answer. */
import { PortolanError } from '../../core/errors.ts';
import type { ScanRequest } from '../../core/request.ts';
import { FINAL_STATES, type Task } from '../../core/task.ts';
import type { ToolAnswer, ToolContext } from '../call/define-tool.ts';
import { answerRunning, answerWithResult } from '../results/answer.ts';
import type { ScanAnswer } from '../results/output.ts';
import { stageText } from '../results/progress.ts';

/** @throws PortolanError with the refusal, before anything is sent. */
export async function runScan(
  request: ScanRequest,
  timeoutSeconds: number | undefined,
  context: ToolContext,
): Promise<ToolAnswer<ScanAnswer>> {
  return await answerTask(await startAndWait(request, timeoutSeconds, context), context);
}

/** What is known of a scan task when the waiting is over. */
export async function answerTask(seen: Task, context: ToolContext): Promise<ToolAnswer<ScanAnswer>> {
  return FINAL_STATES.has(seen.state) ? await answerWithResult(seen, context) : answerRunning(seen);
}

/** Starts a scan and waits as long as the call may. @returns the task as it is then. @throws PortolanError */
export async function startAndWait(
  request: ScanRequest,
  timeoutSeconds: number | undefined,
  context: ToolContext,
): Promise<Task> {
  const { callId } = context;
  const task = await submit(callId === undefined ? request : { ...request, correlationId: callId }, context);
  return await waitFor(task, timeoutSeconds, context);
}

/** Waits for a task as long as the call may. @returns it as it is then */
export async function waitFor(
  task: Task,
  timeoutSeconds: number | undefined,
  context: ToolContext,
): Promise<Task> {
  const { scans, syncWaitSeconds } = context.services;
  if (context.detach) return task;
  return await scans.wait(task.id, context.caller, {
    timeoutMs: (timeoutSeconds ?? syncWaitSeconds) * 1000,
    signal: context.signal,
    onChange: (current) => context.report(progressOf(current)),
  });
}

async function submit(request: ScanRequest, context: ToolContext): Promise<Task> {
  const { scans } = context.services;
  try {
    return await scans.submit(request, context.caller);
  } catch (refusal) {
    if (!(refusal instanceof PortolanError) || refusal.code !== 'needs_intrusive') throw refusal;
    if (!(await personAgrees(request, context))) throw refusal;
    return await scans.submit({ ...request, consent: true }, context.caller);
  }
}

/** Asks the person behind the client. False when there is nobody to ask; then the refusal names the setting. */
async function personAgrees(request: ScanRequest, context: ToolContext): Promise<boolean> {
  if (!context.caller.scopes.has('scan:intrusive')) return false;
  const { needsConsent } = await context.services.scans.plan(request);
  if (!needsConsent) return false;
  const options = request.options.map(({ flag, value }) => (value ? `${flag} ${value}` : flag)).join(' ');
  const answer = await context.confirm(
    `Run an intrusive scan of ${request.targets.join(', ')} with: ${options}? It may disturb or crash services there.`,
  );
  if (answer === 'declined') {
    throw new PortolanError(
      'needs_intrusive',
      'The person who was asked did not agree to an intrusive scan.',
      'Leave the intrusive options out, or talk to them first.',
    );
  }
  return answer === 'accepted';
}

function progressOf(task: Task): { progress: number; total: number; message: string } {
  return { progress: task.progress?.percent ?? 0, total: 100, message: stageText(task) };
}
