/**
 * Asking the person behind the client, in both protocol eras. On 2026-07-28 a question ends the call
 * (`input_required`) and the client repeats it with the answer; for 2025 clients the SDK's shim sends
 * elicitation/create and calls the handler again, so one way of asking serves both.
 *
 * Which question was asked travels through the client in `requestState`, signed: an answer counts only for the very
 * question, tool and arguments it was given to, and once; an unasked "yes" counts for nothing.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  acceptedContent,
  type CallToolRequest,
  type ClientCapabilities,
  type InputRequest,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AwaitingAnswer, type ToolContext } from '../../tools/call/define-tool.ts';
import { usedOnce } from './once.ts';

const AnswerForm = z.object({ agree: z.boolean().describe('Tick to agree.') });

const Answers = z.strictObject({
  /** Of this state alone, and when it was made. */
  id: z.string(),
  at: z.number(),
  /** Tool and arguments the questions belong to. */
  call: z.string(),
  /** The question this round asks. */
  asked: z.string(),
  /** Answers of the rounds before, by question. */
  given: z.record(z.string(), z.enum(['accepted', 'declined'])),
});
type Answers = z.infer<typeof Answers>;

const answered = usedOnce();

export interface Questions {
  confirm: ToolContext['confirm'];
  /** The result that asks the client the question. */
  ask(awaiting: AwaitingAnswer): Promise<InputRequiredResult>;
}

/** The questions of one tools/call request, with the answers it brought along. */
export function questionsOf(
  params: CallToolRequest['params'],
  context: ServerContext,
  capabilities: ClientCapabilities | undefined,
  codec: RequestStateCodec<unknown>,
): Questions {
  // Most calls ask nothing, and need none of this.
  const call = () => digest(JSON.stringify([params.name, params.arguments ?? {}]));
  // The answers that came along count for this call and no other one.
  let brought: Answers['given'] | undefined;
  const given = () => {
    brought ??= answersFor(call(), context);
    return brought;
  };
  return {
    confirm: async (question) => {
      if (!canFillForms(capabilities)) return 'unsupported';
      const answer = given()[digest(question)];
      if (!answer) throw new AwaitingAnswer(question);
      return answer;
    },
    ask: async ({ question }) => {
      const state: Answers = {
        id: randomUUID(),
        at: Date.now(),
        call: call(),
        asked: digest(question),
        given: given(),
      };
      return inputRequired({
        inputRequests: { [state.asked]: yesNoForm(question) },
        requestState: await codec.mint(state, context),
      });
    },
  };
}

function answersFor(call: string, context: ServerContext): Answers['given'] {
  const state = Answers.safeParse(context.mcpReq.requestState());
  if (!state.success || state.data.call !== call) return {};
  const { id, at, asked, given } = state.data;
  if (!answered.use(id, at)) return {};
  const answer = readAnswer(context.mcpReq.inputResponses, asked);
  return answer ? { ...given, [asked]: answer } : given;
}

/** A question as a form with one box to tick. */
export function yesNoForm(question: string): InputRequest {
  return inputRequired.elicit({ message: question, requestedSchema: AnswerForm });
}

/** The answer to one {@link yesNoForm}; only a ticked box agrees. Undefined when the client did not answer it. */
export function readAnswer(
  responses: Record<string, unknown> | undefined,
  key: string,
): 'accepted' | 'declined' | undefined {
  if (inputResponse(responses, key).kind !== 'elicit') return undefined;
  return acceptedContent(responses, key, AnswerForm)?.agree === true ? 'accepted' : 'declined';
}

/** A bare `elicitation: {}` means forms: modes came with 2025-11-25. */
function canFillForms(capabilities: ClientCapabilities | undefined): boolean {
  const elicitation = capabilities?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
