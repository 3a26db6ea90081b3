/** The head of the table of hosts: a click orders by a column, the next one turns it around. */
import { Link } from '@tanstack/react-router';
import { isSortable } from './columns.tsx';
import { type AssetsView, nextSort, type Sortable } from './view.ts';

interface HeadProps {
  view: AssetsView;
  column: Sortable | string;
  name: string;
  /** In rem. */
  width: number;
}

export function Head({ view, column, name, width }: HeadProps) {
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
