import type { AssetRow } from './rows.ts';
import { wordOf } from './words.ts';

const MARKS: Record<AssetRow['state'], { mark: string; className: string }> = {
  present: { mark: '●', className: 'text-good' },
  absent: { mark: '◐', className: 'text-medium' },
  archived: { mark: '○', className: 'text-quiet' },
};

/** Whether a host is there: a shape, a word and a colour. */
export function State({ of }: { of: AssetRow['state'] }) {
  const { mark, className } = MARKS[of];
  return (
    <span className={`whitespace-nowrap ${className}`}>
      <span aria-hidden="true">{mark}</span> {wordOf('state', of)}
    </span>
  );
}
