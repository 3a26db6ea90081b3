/** Reads what a service answered that says in the body whether it took the message. */
import type { z } from 'zod';
import { ChannelFailure } from './failure.ts';
import type { HttpAnswer } from './post.ts';

/**
 * @param refusal why it was not taken; undefined when it was
 * @throws ChannelFailure
 */
export function answered<T>(
  { body }: HttpAnswer,
  shape: z.ZodType<T>,
  who: string,
  refusal: (answer: T) => string | undefined = () => undefined,
): T {
  const parsed = shape.safeParse(jsonOf(body));
  if (!parsed.success)
    throw new ChannelFailure(`${who} answered otherwise than it is documented: is it ${who}?`);
  const why = refusal(parsed.data);
  if (why === undefined) return parsed.data;
  throw new ChannelFailure(`${who} does not take the message: ${why.slice(0, 200)}.`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
