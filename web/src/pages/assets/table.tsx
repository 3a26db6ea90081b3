/** A table of any length: the rows that are in view are in the page, and those round them. */
import { Link } from '@tanstack/react-router';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, useEffect, useRef, useState } from 'react';
import { Untrusted } from '../../parts/untrusted.tsx';
import { type Key, useKeys } from '../../shell/keys.tsx';
import * as text from '../../texts/messages.js';
import { columnsOf, isSortable, SHOWN } from './columns.tsx';
import { type AssetRow, useRows } from './rows.ts';
import { type AssetsView, nextSort, type Sortable } from './view.ts';

/** Of every row, in pixels: only so can the height of those that are not here be known. */
const ROW = 40;

interface Props {
  view: AssetsView;
  total: number;
  /** Undefined: this reader cannot choose. */
  selected: ReadonlyMap<string, AssetRow> | undefined;
  onSelect: (row: AssetRow) => void;
  onOpen: (row: AssetRow) => void;
  keys: readonly Key[];
}

export function AssetTable({ view, total, selected, onSelect, onOpen, keys }: Props) {
  const frame = useRef<HTMLElement>(null);
  // The row that the keys are about, by its place and by its name: it stays the same one when the list moves.
  const [current, setCurrent] = useState({ place: 0, id: '' });
  const lines = useVirtualizer({
    count: total,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 12,
    // The row with the focus stays in the page, so that the focus is not lost by scrolling.
    rangeExtractor: (range) => [
      ...new Set([...defaultRangeExtractor(range), Math.min(current.place, total - 1)].sort((a, b) => a - b)),
    ],
  });
  const items = lines.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = lines.range ?? {};
  const { rowAt } = useRows(view, startIndex, endIndex);
  const columns = columnsOf(view);

  const focus = (place: number) => {
    const next = Math.min(Math.max(place, 0), total - 1);
    setCurrent({ place: next, id: rowAt(next)?.asset_id ?? '' });
    lines.scrollToIndex(next);
  };
  useEffect(() => {
    if (current.id === '') return;
    const link = frame.current?.querySelector<HTMLElement>(`[data-asset="${CSS.escape(current.id)}"]`);
    const elsewhere =
      document.activeElement !== document.body && !frame.current?.contains(document.activeElement);
    if (!elsewhere) link?.focus({ preventScroll: true });
  });
  // Another question begins at its first row.
  useEffect(() => {
    frame.current?.scrollTo({ top: 0 });
    setCurrent({ place: 0, id: '' });
  }, [view.query, view.sort]);
  const here = rowAt(current.place);
  useKeys([
    { key: 'j', does: text.assets_key_down(), act: () => focus(current.id === '' ? 0 : current.place + 1) },
    { key: 'k', does: text.assets_key_up(), act: () => focus(current.place - 1) },
    { key: 'o', does: text.assets_key_open(), act: () => here && onOpen(here) },
    ...(selected ? [{ key: 'x', does: text.assets_key_select(), act: () => here && onSelect(here) }] : []),
    ...keys,
  ]);

  return (
    <section
      ref={frame}
      aria-label={text.assets_list()}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="sheet relative max-h-[75dvh] min-h-48 overflow-auto"
    >
      <table
        className="rows table-fixed"
        style={{ minWidth: `${columns.reduce((sum, column) => sum + SHOWN[column].width, 12.5)}rem` }}
        aria-rowcount={total + 1}
      >
        <caption className="sr-only">{text.assets_list()}</caption>
        <thead className="sticky top-0 z-10 bg-sheet">
          <tr aria-rowindex={1}>
            {selected && (
              <th scope="col" style={{ width: '3rem' }}>
                <span className="sr-only">{text.assets_select()}</span>
              </th>
            )}
            <Head view={view} column="address" name={text.assets_address()} width={9.5} />
            {columns.map((column) => (
              <Head
                key={column}
                view={view}
                column={column}
                name={SHOWN[column].name()}
                width={SHOWN[column].width}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(({ index, start }, at) => {
            const before = items[at - 1];
            const gap = start - (before ? before.end : 0);
            const row = rowAt(index);
            return (
              <Fragment key={row?.asset_id ?? index}>
                {gap > 0 && <Gap height={gap} />}
                <tr
                  aria-rowindex={index + 2}
                  style={{ height: ROW }}
                  className={
                    row !== undefined && row.asset_id === current.id
                      ? 'bg-raised shadow-[inset_4px_0_var(--color-accent)]'
                      : ''
                  }
                >
                  {row ? (
                    <Cells
                      row={row}
                      columns={columns}
                      selected={selected?.has(row.asset_id)}
                      onSelect={() => onSelect(row)}
                      onPoint={() => setCurrent({ place: index, id: row.asset_id })}
                    />
                  ) : (
                    <td className="text-quiet">…</td>
                  )}
                </tr>
              </Fragment>
            );
          })}
          <Gap height={lines.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </section>
  );
}

/** Where rows are that are not in the page. */
function Gap({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a gap is no row, and is not told as one
    <tr role="none" style={{ height }}>
      <td role="none" className="border-0 p-0" />
    </tr>
  );
}

interface HeadProps {
  view: AssetsView;
  column: Sortable | string;
  name: string;
  /** In rem. */
  width: number;
}

function Head({ view, column, name, width }: HeadProps) {
  if (!isSortable(column))
    return (
      <th scope="col" style={{ width: `${width}rem` }}>
        {name}
      </th>
    );
  const { sort = 'address' } = view;
  const mark = sort === column ? '▲' : sort === `-${column}` ? '▼' : '';
  return (
    <th
      scope="col"
      style={{ width: `${width}rem` }}
      aria-sort={mark === '' ? undefined : mark === '▲' ? 'ascending' : 'descending'}
    >
      <Link
        to="/assets"
        search={{ ...view, sort: nextSort(view.sort, column) }}
        replace
        className="inline-flex min-h-6 items-center gap-1 text-quiet no-underline hover:underline"
      >
        {name} <span aria-hidden="true">{mark}</span>
      </Link>
    </th>
  );
}

interface CellsProps {
  row: AssetRow;
  columns: ReturnType<typeof columnsOf>;
  selected: boolean | undefined;
  onSelect: () => void;
  onPoint: () => void;
}

function Cells({ row, columns, selected, onSelect, onPoint }: CellsProps) {
  const called = row.address ?? row.name ?? row.asset_id;
  return (
    <>
      {selected !== undefined && (
        <td className="py-1!">
          <input
            type="checkbox"
            className="size-6"
            checked={selected}
            onChange={onSelect}
            aria-label={text.assets_select_one({ host: called })}
          />
        </td>
      )}
      <th scope="row" className="truncate border-line! py-1! align-middle text-ink!">
        <Link
          to="/assets/$asset"
          params={{ asset: row.asset_id }}
          data-asset={row.asset_id}
          className="font-mono"
          onFocus={onPoint}
        >
          <Untrusted>{called}</Untrusted>
        </Link>
      </th>
      {columns.map((column) => (
        <td key={column} className="truncate py-1! align-middle">
          {SHOWN[column].cell(row)}
        </td>
      ))}
    </>
  );
}
