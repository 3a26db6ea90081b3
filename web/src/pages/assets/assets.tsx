/** Every host there is, asked, ordered and decided about. */
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { useNews } from '../../shell/live.tsx';
import * as text from '../../texts/messages.js';
import { PlanFirst } from '../new-scan/plan-first.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { ChooseColumns } from './columns.tsx';
import { Facets } from './facets.tsx';
import { QueryBar } from './query-bar.tsx';
import { type AssetRow, everyRow, useRows } from './rows.ts';
import { SavedViews } from './saved-views.tsx';
import { AssetTable } from './table.tsx';
import { table } from './table-csv.ts';

const route = getRouteApi('/inside/assets');

/** Of which something can be said at once: it takes a call for each. */
const MOST_SELECTED = 1000;
/** Of a file: two hundred come with each call, and a minute has six hundred calls. The page of data exports any number. */
const MOST_SAVED = 50_000;

export function Assets() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const session = useSession();
  const field = useRef<HTMLInputElement>(null);
  const { total, error, refetch, isPlaceholderData } = useRows(view, 0, 0);
  const news = useNews('find_assets', ['change']);
  const [selected, setSelected] = useState<ReadonlyMap<string, AssetRow>>(new Map());
  const { query = '' } = view;
  const toggle = (row: AssetRow) => {
    const next = new Map(selected);
    if (!next.delete(row.asset_id)) next.set(row.asset_id, row);
    setSelected(next);
  };
  const ask = (next: string) => void navigate({ search: { ...view, query: next || undefined } });
  const all = useMutation({
    mutationFn: () => everyRow(view, MOST_SELECTED),
    onSuccess: (rows) => setSelected(new Map(rows.map((row) => [row.asset_id, row]))),
  });
  const mayEdit = session.can('inventory:write');
  return (
    <>
      <h1>{text.assets_title()}</h1>
      <QueryBar query={query} onChange={ask} field={field} />
      {news.count > 0 && (
        <button type="button" className="button button-main my-2" onClick={news.show}>
          {text.news({ count: news.count })}
        </button>
      )}
      {error && <Problem error={error} retry={() => void refetch()} />}
      {total === undefined && !error && <Waiting />}
      {total !== undefined && !error && (
        <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_15rem]">
          <div className="min-w-0">
            <div className="mb-2 flex flex-wrap items-center gap-2">
              <p role="status" className="me-auto font-medium">
                {text.hosts({ count: total })}
              </p>
              {mayEdit && total > 0 && total <= MOST_SELECTED && (
                <button
                  type="button"
                  className="button"
                  disabled={all.isPending}
                  onClick={() => all.mutate()}
                >
                  {text.assets_select_all()}
                </button>
              )}
              <ChooseColumns
                view={view}
                onChange={(columns) =>
                  void navigate({ search: { ...view, columns: [...columns] }, replace: true })
                }
              />
              <SavedViews view={view} />
              <SaveCsv
                name="hosts"
                rows={() => everyRow(view, MOST_SAVED).then((rows) => table(view, rows))}
              />
            </div>
            {all.error && <Problem error={all.error} />}
            {mayEdit && selected.size > 0 && (
              <BulkBar
                rows={[...selected.values()]}
                onDone={(rows) => setSelected(new Map(rows.map((row) => [row.asset_id, row])))}
                onClear={() => setSelected(new Map())}
              />
            )}
            {total === 0 ? (
              <Nothing query={query} />
            ) : (
              <div aria-busy={isPlaceholderData}>
                <AssetTable
                  view={view}
                  total={total}
                  selected={mayEdit ? selected : undefined}
                  onSelect={toggle}
                  onOpen={({ asset_id }) =>
                    void navigate({ to: '/assets/$asset', params: { asset: asset_id } })
                  }
                  keys={[
                    { key: '/', does: text.assets_key_query(), act: () => field.current?.focus() },
                    { key: '.', does: text.key_news(), act: news.show },
                  ]}
                />
              </div>
            )}
            {!mayEdit && <p className="mt-2 text-sm text-quiet">{text.assets_edit_needs()}</p>}
          </div>
          <Facets view={view} />
        </div>
      )}
    </>
  );
}

function Nothing({ query }: { query: string }) {
  return (
    <div className="sheet p-5">
      <p className="font-semibold">{query === '' ? text.assets_none() : text.assets_none_match()}</p>
      <p className="mt-1 text-quiet">{query === '' ? text.first_why() : text.assets_none_match_next()}</p>
      {query === '' && <PlanFirst />}
    </div>
  );
}
