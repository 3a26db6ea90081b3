/** A table of any length: the rows that are in view are in the page, and some round them. */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, useEffect, useMemo, useRef, useState } from 'react';
import { type Key, useKeys } from '../../shell/keys.tsx';
import * as text from '../../texts/messages.js';
import { columnsOf, SHOWN } from './columns.tsx';
import { type AssetRow, useRows } from './rows.ts';
import { Head } from './table-head.tsx';
import { type Acts, Gap, ROW, Row } from './table-row.tsx';
import type { AssetsView } from './view.ts';

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
  // The row that the keys are about, by its name: it stays the same one when the list moves.
  const [current, setCurrent] = useState({ place: 0, id: '' });
  const lines = useVirtualizer({
    count: total,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 8,
    // Rows may come a moment after the scroll: at once they would hold it up.
    useFlushSync: false,
    // The row with the focus stays in the page, so that the focus is not lost by scrolling.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), Math.min(current.place, total - 1)])].sort(
        (a, b) => a - b,
      ),
  });
  const items = lines.getVirtualItems();
  const { startIndex = 0, endIndex = 0 } = lines.range ?? {};
  const { rowAt } = useRows(view, startIndex, endIndex);
  const { columns: chosen } = view;
  const columns = useMemo(() => columnsOf({ columns: chosen }), [chosen]);
  const at =
    items.find(({ index }) => current.id !== '' && rowAt(index)?.asset_id === current.id)?.index ??
    current.place;
  const here = rowAt(at);

  const keep = useKeptFocus(frame, current.id);
  const latest = useRef({ onSelect, onOpen });
  useEffect(() => {
    latest.current = { onSelect, onOpen };
  });
  const acts = useMemo(
    (): Acts => ({
      select: (row) => latest.current.onSelect(row),
      open: (row) => latest.current.onOpen(row),
      point: (place, id) => setCurrent({ place, id }),
    }),
    [],
  );
  const go = (place: number) => {
    const next = Math.min(Math.max(place, 0), total - 1);
    keep();
    setCurrent({ place: next, id: rowAt(next)?.asset_id ?? '' });
    lines.scrollToIndex(next);
  };
  // Another question begins at its first row.
  useEffect(() => {
    frame.current?.scrollTo({ top: 0 });
    setCurrent({ place: 0, id: '' });
  }, [view.query, view.sort]);
  useKeys([
    { key: 'j', does: text.assets_key_down(), act: () => go(current.id === '' ? 0 : at + 1) },
    { key: 'k', does: text.assets_key_up(), act: () => go(at - 1) },
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
          {items.map(({ index, start }, item) => {
            const row = rowAt(index);
            return (
              <Fragment key={row?.asset_id ?? index}>
                <Gap height={start - (items[item - 1]?.end ?? 0)} />
                <Row
                  row={row}
                  place={index}
                  columns={columns}
                  current={row !== undefined && row.asset_id === current.id}
                  selected={selected && row !== undefined && selected.has(row.asset_id)}
                  acts={acts}
                />
              </Fragment>
            );
          })}
          <Gap height={lines.getTotalSize() - (items.at(-1)?.end ?? 0)} />
        </tbody>
      </table>
    </section>
  );
}

/**
 * Gives the focus to the row of this name when it was asked for, and back to it when the row moved and so lost it.
 * @returns asks for it
 */
function useKeptFocus(frame: { current: HTMLElement | null }, id: string): () => void {
  const asked = useRef(false);
  const inside = useRef(false);
  useEffect(() => {
    const watch = ({ target }: FocusEvent) => {
      inside.current = target instanceof Node && frame.current?.contains(target) === true;
    };
    document.addEventListener('focusin', watch);
    return () => document.removeEventListener('focusin', watch);
  }, [frame]);
  useEffect(() => {
    const lost = inside.current && document.activeElement === document.body;
    const link = frame.current?.querySelector<HTMLElement>(`[data-asset="${CSS.escape(id)}"]`);
    if (!link || !(asked.current || lost)) return;
    asked.current = false;
    link.focus({ preventScroll: true });
  });
  return () => {
    asked.current = true;
  };
}
