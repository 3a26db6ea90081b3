import { type MouseEvent, memo } from 'react';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { SHOWN } from './columns.tsx';
import type { AssetRow } from './rows.ts';
import type { Column } from './view.ts';

/** Of every row, in pixels: only so can the height of those that are not here be known. */
export const ROW = 40;

/** What can be done with a row; the same functions for as long as the table is there. */
export interface Acts {
  select: (row: AssetRow) => void;
  open: (row: AssetRow) => void;
  /** The row has the focus. */
  point: (place: number, id: string) => void;
}

interface Props {
  /** Undefined while it is on its way. */
  row: AssetRow | undefined;
  place: number;
  columns: readonly Column[];
  current: boolean;
  selected: boolean | undefined;
  acts: Acts;
}

/** Made anew only when something of it is another: scrolling makes new rows, and leaves the others alone. */
export const Row = memo(function Row({ row, place, columns, current, selected, acts }: Props) {
  const called = row?.address ?? row?.name ?? row?.asset_id ?? '';
  const click = (event: MouseEvent) => {
    if (!row || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    acts.open(row);
  };
  return (
    <tr
      aria-rowindex={place + 2}
      style={{ height: ROW }}
      className={current ? 'bg-raised shadow-[inset_4px_0_var(--color-accent)]' : ''}
    >
      {row === undefined && (
        <td colSpan={columns.length + (selected === undefined ? 1 : 2)} className="text-quiet">
          …
        </td>
      )}
      {row && selected !== undefined && (
        <td className="py-1!">
          <input
            type="checkbox"
            className="size-6"
            checked={selected}
            onChange={() => acts.select(row)}
            aria-label={text.assets_select_one({ host: called })}
          />
        </td>
      )}
      {row && (
        <th scope="row" className="truncate border-line! py-1! align-middle text-ink!">
          <a
            href={`/assets/${row.asset_id}`}
            data-asset={row.asset_id}
            className="font-mono"
            onClick={click}
            onFocus={() => acts.point(place, row.asset_id)}
          >
            <Untrusted>{called}</Untrusted>
          </a>
        </th>
      )}
      {row &&
        columns.map((column) => (
          <td key={column} className="truncate py-1! align-middle">
            {SHOWN[column].cell(row)}
          </td>
        ))}
    </tr>
  );
});

/** Where rows are that are not in the page. */
export function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a gap is no row, and is not told as one
    <tr role="none" style={{ height }}>
      <td role="none" className="border-0 p-0" />
    </tr>
  );
}
