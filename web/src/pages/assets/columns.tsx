/** What each column shows, and which of them are shown. */
import type { ReactNode } from 'react';
import { Moment } from '../../parts/moment.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { OpenPorts } from './open-ports.tsx';
import type { AssetRow } from './rows.ts';
import { State } from './state.tsx';
import { type AssetsView, COLUMNS, type Column, SORTABLE, type Sortable, USUAL } from './view.ts';
import { wordOf } from './words.ts';

export const SHOWN: Readonly<
  Record<Column, { name: () => string; width: number; cell: (row: AssetRow) => ReactNode }>
> = {
  name: { name: text.name, width: 10, cell: ({ name }) => <Untrusted>{name}</Untrusted> },
  open: { name: text.assets_open, width: 13, cell: (row) => <OpenPorts row={row} /> },
  vendor: { name: text.assets_vendor, width: 8, cell: ({ vendor }) => <Untrusted>{vendor}</Untrusted> },
  os: { name: text.assets_os, width: 8, cell: ({ os }) => <Untrusted>{os}</Untrusted> },
  class: { name: text.assets_class, width: 8, cell: (row) => wordOf('class', row.class) },
  state: { name: text.state, width: 6.5, cell: ({ state }) => <State of={state} /> },
  tags: {
    name: text.assets_tags,
    width: 8,
    cell: ({ tags = [] }) =>
      tags.map((tag) => (
        <span key={tag} className="chip me-1">
          <Untrusted>{tag}</Untrusted>
        </span>
      )),
  },
  site: { name: text.assets_site, width: 6, cell: ({ site }) => <Untrusted>{site}</Untrusted> },
  first_seen: { name: text.assets_first_seen, width: 8, cell: (row) => <Moment at={row.first_seen} /> },
  last_seen: { name: text.assets_last_seen, width: 7.5, cell: (row) => <Moment at={row.last_seen} /> },
};

export function isSortable(column: string): column is Sortable {
  return SORTABLE.some((one) => one === column);
}

/** In the order of the page, whichever order they were chosen in. */
export function columnsOf({ columns = [...USUAL] }: AssetsView): readonly Column[] {
  return COLUMNS.filter((one) => columns.includes(one));
}

interface Props {
  view: AssetsView;
  onChange: (columns: readonly Column[]) => void;
}

export function ChooseColumns({ view, onChange }: Props) {
  const shown = columnsOf(view);
  return (
    <details className="relative">
      <summary className="button">{text.assets_columns()}</summary>
      <ul className="sheet absolute end-0 z-20 mt-1 grid w-52 gap-0.5 p-2 shadow-lg">
        {COLUMNS.map((column) => {
          const on = shown.includes(column);
          return (
            <li key={column}>
              <label className="flex min-h-7 items-center gap-2 px-1.5">
                <input
                  type="checkbox"
                  className="size-5"
                  checked={on}
                  onChange={() => onChange(on ? shown.filter((one) => one !== column) : [...shown, column])}
                />
                {SHOWN[column].name()}
              </label>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
