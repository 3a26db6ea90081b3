import * as text from '../../texts/messages.js';
import type { Entry } from './week.ts';

export type Outcome = Entry['outcome'];

const LOOKS: Record<Outcome, { mark: string; className: string; word: () => string }> = {
  planned: { mark: '○', className: 'text-quiet', word: text.schedules_planned },
  shut: { mark: '–', className: 'text-quiet', word: text.schedules_shut },
  due: { mark: '◷', className: 'text-quiet', word: text.schedules_due },
  running: { mark: '▶', className: 'text-low', word: text.scans_running },
  paused: { mark: '‖', className: 'text-medium', word: text.schedules_paused },
  completed: { mark: '✓', className: 'text-good', word: text.scans_completed },
  failed: { mark: '▲', className: 'text-high', word: text.scans_failed },
  cancelled: { mark: '■', className: 'text-medium', word: text.scans_cancelled },
  skipped: { mark: '◆', className: 'text-medium', word: text.schedules_skipped },
  refused: { mark: '▲', className: 'text-high', word: text.schedules_refused },
};

/** What became of a run: a shape, a word and a colour. */
export function OutcomeOf({ run }: { run: Outcome }) {
  const { mark, className, word } = LOOKS[run];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${className}`}>
      <span aria-hidden="true">{mark}</span>
      {word()}
    </span>
  );
}
