import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import type { ToolOutcome } from './call-tool.ts';
import type { Operation } from './operations.ts';

const Failed = z.object({ error: z.object({ code: z.enum(ERROR_CODES) }) });

/**
 * How a call ended, for those who count: the code of its own error, or of the scan that it started and saw fail (such an
 * answer is a good one to its reader, with what was found). Undefined when all went well, or still goes on.
 */
export function codeOf(tool: Pick<Operation, 'annotations'>, outcome: ToolOutcome): ErrorCode | undefined {
  if (!outcome.ok) return outcome.error.code;
  // A tool that only reads shows failed tasks of others, too, and has not failed itself.
  if (!tool.annotations.openWorld) return undefined;
  return Failed.safeParse(outcome.structured).data?.error.code;
}
