/** From when on changes are wanted, as callers write it. */
import { PortolanError } from '../../core/errors.ts';
import type { Since } from '../../inventory/service.ts';

const MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * `24h`, `7d`, a date, a moment, `last`, `baseline`, or two task ids as `TASK..TASK`.
 * @throws PortolanError `invalid_argument`
 */
export function readSince(text: string, now: number): Since {
  if (text === 'last' || text === 'baseline') return { kind: text };
  const [, amount, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return { kind: 'moment', at: now - Number(amount) * unitOf(unit) };
  const [, before, after] = /^([0-9a-z]{6,40})\.\.([0-9a-z]{6,40})$/.exec(text) ?? [];
  if (before !== undefined && after !== undefined) return { kind: 'tasks', before, after };
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)) {
    const at = Date.parse(text);
    if (at >= 0) return { kind: 'moment', at };
  }
  throw new PortolanError(
    'invalid_argument',
    `since: ${JSON.stringify(text.slice(0, 60))} is no time.`,
    'Write 24h, 7d, a date (2026-01-31), a moment (2026-01-31T09:30:00Z), last, baseline, or two tasks as TASK..TASK.',
  );
}

function unitOf(unit: string | undefined): number {
  return unit === 'm' || unit === 'h' || unit === 'd' || unit === 'w' ? MS[unit] : 0;
}
