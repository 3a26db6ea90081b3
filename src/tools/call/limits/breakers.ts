/** A circuit breaker for each tool, as a gate: it counts faults of this machine and its connections, never a caller's. */
import type { Breakers, Permit, Verdict } from '../../../core/breaker.ts';
import { type ErrorCode, INFRASTRUCTURE_FAULTS } from '../../../core/errors.ts';
import { FINAL_STATES, type Task } from '../../../core/task.ts';
import type { Call, CallGate, ToolOutcome } from '../call-tool.ts';
import type { Operation } from '../operations.ts';
import { codeOf } from '../outcome-code.ts';

export interface BreakerGate extends CallGate {
  /** How a scan ended that goes on after its call: what its breaker waits for. */
  taskChanged(task: Pick<Task, 'id' | 'state' | 'error' | 'request'>): void;
}

/** Scans whose end is waited for; the oldest are given up, they were perhaps taken over by another process. */
const MOST_HELD = 1000;

export function breakerGate(breakers: Breakers): BreakerGate {
  const held = new Map<string, Permit>();
  // A scan may end before its call has been answered.
  const ended = new Map<string, Verdict>();

  function hold(taskId: string, permit: Permit): void {
    const verdict = ended.get(taskId);
    if (verdict) {
      permit(verdict);
      return;
    }
    held.set(taskId, permit);
    const [oldest] = held;
    if (held.size <= MOST_HELD || !oldest) return;
    held.delete(oldest[0]);
    oldest[1]('neutral');
  }

  return {
    enter(call) {
      if (!isTool(call.tool)) return () => {};
      const permit = breakers.of(call.tool.name).enter();
      return (outcome) => {
        if (outcome?.ok && outcome.runningTask) hold(outcome.runningTask.id, permit);
        else permit(outcome ? verdictOf(call, outcome) : 'neutral');
      };
    },
    taskChanged({ id, state, error, request }) {
      if (!FINAL_STATES.has(state)) return;
      const verdict = state === 'completed' ? 'success' : judge(request.scanner ? undefined : error?.code);
      const permit = held.get(id);
      held.delete(id);
      if (permit) {
        permit(verdict);
        return;
      }
      ended.set(id, verdict);
      const [oldest] = ended.keys();
      if (ended.size > MOST_HELD && oldest !== undefined) ended.delete(oldest);
    },
  };
}

/** What is no tool reads or switches something of our own, which has no breaker: health shows it once for all. */
const isTool = (asked: Operation) => 'handle' in asked;

function verdictOf({ tool, arguments: given }: Call, outcome: ToolOutcome): Verdict {
  const code = codeOf(tool, outcome);
  if (code === undefined) return 'success';
  // Tools that only read our own database do not each need a breaker for it: health shows it once for all.
  if (code === 'storage_failed' && !tool.annotations.openWorld) return 'neutral';
  // What is missing on another machine says nothing about this one.
  return judge(isElsewhere(given) ? undefined : code);
}

function isElsewhere(given: unknown): boolean {
  if (given === null || typeof given !== 'object') return false;
  return 'scanner' in given || 'ssh_user' in given;
}

/** Any other failure was the caller's, or a refusal: it says nothing about the tool. */
function judge(code: ErrorCode | undefined): Verdict {
  return code !== undefined && INFRASTRUCTURE_FAULTS.has(code) ? 'fault' : 'neutral';
}
