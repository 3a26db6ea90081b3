/** Arguments are small: a list of targets at most. Larger ones are refused before anybody looks into them. */
import { PortolanError } from '../../core/errors.ts';
import type { Tool } from './define-tool.ts';

const MOST_BYTES = 262_144;

/** Largest body of a request that calls one of these: its arguments, and as much again for escapes and what is around them. */
export function mostBodyBytes(tools: Iterable<Pick<Tool, 'maxArgumentBytes'>>): number {
  let most = MOST_BYTES;
  for (const { maxArgumentBytes = MOST_BYTES } of tools) most = Math.max(most, maxArgumentBytes);
  return 2 * most;
}

/** Stands for arguments that were beyond the limit, where somebody would otherwise have to carry them further. */
export const LEFT_OUT = { too_large: true } as const;

/** Whoever walks through arguments may do so with functions that call themselves. */
const MOST_DEPTH = 32;

/** @returns the limit of the tool in words if the arguments are beyond it. Counts no further than that. */
export function limitExceeded(
  { maxArgumentBytes: most = MOST_BYTES }: Pick<Tool, 'maxArgumentBytes'>,
  given: unknown,
): string | undefined {
  if (isLeftOut(given)) return `${most} bytes`;
  const left: { value: unknown; depth: number }[] = [{ value: given, depth: 0 }];
  let bytes = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    if (depth > MOST_DEPTH) return `${MOST_DEPTH} levels`;
    // As JSON has it, with the comma that follows.
    if (typeof value === 'string') bytes += Buffer.byteLength(value) + 3;
    else bytes += 2;
    if (value !== null && typeof value === 'object') {
      for (const name in value) {
        bytes += Array.isArray(value) ? 0 : Buffer.byteLength(name) + 4;
        if (bytes + left.length > most) return `${most} bytes`;
        left.push({ value: Reflect.get(value, name), depth: depth + 1 });
      }
    }
    if (bytes > most) return `${most} bytes`;
  }
  return undefined;
}

const isLeftOut = (given: unknown) =>
  given !== null && typeof given === 'object' && 'too_large' in given && given.too_large === true;

export function tooLarge(tool: string, limit: string): PortolanError {
  return new PortolanError(
    'invalid_argument',
    `${tool}: the arguments are too large or too deep.`,
    'Ask for less at once, in several calls.',
    { limit: `${limit} of arguments` },
  );
}
