/** The rows of the table, by their place: pages are fetched as they come into view, in any order. */
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { type Answer, type Arguments, call, reading } from '../../api/call.ts';
import type { AssetsView } from './view.ts';

export type AssetRow = Answer<'find_assets'>['assets'][number];

/** Rows that are fetched at once. */
export const PAGE = 100;

function pageOf({ query, sort = 'address' }: AssetsView, page: number): Arguments<'find_assets'> {
  return {
    ...(query ? { query } : {}),
    sort,
    limit: PAGE,
    // As find_assets makes them: how many of the order were given before.
    ...(page === 0 ? {} : { cursor: `s${page * PAGE}` }),
  };
}

/** All hosts of a list, in its order, page after page. @param most of them */
export async function everyRow(
  { query, sort = 'address' }: Pick<AssetsView, 'query' | 'sort'>,
  most: number,
  signal?: AbortSignal,
): Promise<AssetRow[]> {
  // By their ids: what moves while the pages come is there once.
  const rows = new Map<string, AssetRow>();
  for (let cursor: string | undefined; ; ) {
    const page = await call(
      'find_assets',
      {
        ...(query ? { query } : {}),
        sort,
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      },
      signal ? { signal } : {},
    );
    for (const row of page.assets) rows.set(row.asset_id, row);
    cursor = page.next_cursor;
    if (cursor === undefined || rows.size >= most) return [...rows.values()].slice(0, most);
  }
}

/**
 * @param first,last places of the rows that are in view
 * @returns how many rows there are, and each that is here
 */
export function useRows(view: AssetsView, first: number, last: number) {
  const start = useQuery({ ...reading('find_assets', pageOf(view, 0)), placeholderData: keepPreviousData });
  const pages = new Set([first, last].map((place) => Math.max(1, Math.floor(place / PAGE))));
  const others = useQueries({
    queries: [...pages].map((page) => ({
      ...reading('find_assets', pageOf(view, page)),
      enabled: (start.data?.total ?? 0) > page * PAGE,
    })),
    combine: (results) => new Map([...pages].map((page, at) => [page, results[at]?.data?.assets])),
  });
  return {
    ...start,
    total: start.data?.total,
    rowAt: (place: number): AssetRow | undefined => {
      const page = Math.floor(place / PAGE);
      return (page === 0 ? start.data?.assets : others.get(page))?.[place % PAGE];
    },
  };
}
