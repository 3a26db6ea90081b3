/** Where in a result a page begins. It says so by itself: nothing is kept for a reader who may never come back. */
import { PortolanError } from '../../core/errors.ts';

/** Hosts with open ports come first; then those without, all of them or those that cannot be told together. */
export type Part = 'open' | 'quiet' | 'unfoldable';

export interface Position {
  part: Part;
  /** Stored position of the last host of that part that was given whole. */
  after: number;
  /** Ports of the next host that were given already. */
  ports: number;
  /** Hosts on the pages before, and on all pages as the first of them counted. */
  before: number;
  total: number;
  /**
   * Behind the part of those with open ports: stored position of the last of them. What a scan that still runs found since
   * then is listed among the others, so that it is not passed over.
   */
  openUpTo?: number;
}

const LETTERS = { open: 'h', quiet: 'q', unfoldable: 'u' } as const satisfies Record<Part, string>;

export function formatCursor({ part, after, ports, before, total, openUpTo }: Position): string {
  const open = openUpTo === undefined ? '' : `.${openUpTo}`;
  return `${LETTERS[part]}${after}${ports > 0 ? `p${ports}` : ''}.${before}.${total}${open}`;
}

/** @throws PortolanError `invalid_argument` for a cursor that is not ours. */
export function parseCursor(cursor: string): Position {
  const match = /^([hqu])(\d{1,15})(?:p(\d{1,6}))?\.(\d{1,9})\.(\d{1,9})(?:\.(\d{1,15}))?$/.exec(cursor);
  if (match) {
    const [after = 0, ports = 0, before = 0, total = 0] = match
      .slice(2, 6)
      .map((digits) => Number(digits ?? 0));
    const part = match[1] === 'h' ? 'open' : match[1] === 'q' ? 'quiet' : 'unfoldable';
    const openUpTo = match[6] === undefined || part === 'open' ? {} : { openUpTo: Number(match[6]) };
    return { part, after, ports, before, total, ...openUpTo };
  }
  throw new PortolanError(
    'invalid_argument',
    'cursor: this is not a cursor that get_task_result gave.',
    'Leave cursor out for the first page, then pass the next_cursor of the page before.',
  );
}
