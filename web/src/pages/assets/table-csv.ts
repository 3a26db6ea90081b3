/** The list as a file: its columns, in its order. */
import { columnsOf } from './columns.tsx';
import type { AssetRow } from './rows.ts';
import type { AssetsView, Column } from './view.ts';

const CELLS: Partial<Record<Column, (row: AssetRow) => string>> = {
  // As in the list, where more are open than a row tells.
  open: ({ open_ports: open, open_total: all = open.length }) =>
    [...open, ...(all > open.length ? [`+${all - open.length}`] : [])].join(' '),
  tags: ({ tags = [] }) => tags.join(' '),
};

export function table(view: AssetsView, rows: readonly AssetRow[]): (string | undefined)[][] {
  const columns = columnsOf(view);
  return [
    ['address', ...columns],
    ...rows.map((row) => [
      row.address ?? row.name ?? row.asset_id,
      ...columns.map((column) => CELLS[column]?.(row) ?? wordOf(row, column)),
    ]),
  ];
}

function wordOf(row: AssetRow, column: Column): string | undefined {
  if (column === 'open' || column === 'tags') return undefined;
  return row[column];
}
