/** What is said of many hosts at once: one call a host, a few at the same time. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { again, call } from '../../api/call.ts';
import type { AssetRow } from './rows.ts';
import type { ClassName } from './words.ts';

export type BulkEdit = { tag: string } | { untag: string } | { class: ClassName } | { accept: string };

/** Calls that are made at the same time. */
const AT_ONCE = 4;
/** Hosts that one query names: each takes 25 characters, and a query has at most 2,000. */
const NAMED = 60;

export function useBulk() {
  const client = useQueryClient();
  return useMutation({
    /** @returns the hosts as they are then */
    mutationFn: async ({ rows, edit }: { rows: readonly AssetRow[]; edit: BulkEdit }) => {
      if (!('accept' in edit))
        return await inTurn(rows, async (row) => (await call('edit_asset', editOf(row, edit))).asset);
      await acceptPresent(rows, edit.accept);
      return rows;
    },
    onSettled: () =>
      again(client, ['find_assets', 'count_assets', 'get_asset', 'list_expectations', 'what_changed']),
  });
}

export function editOf(row: AssetRow, edit: Exclude<BulkEdit, { accept: string }>) {
  const { asset_id: asset, tags = [] } = row;
  if ('class' in edit) return { asset, class: edit.class };
  if ('tag' in edit) return { asset, tags: [...new Set([...tags, edit.tag])] };
  return { asset, tags: tags.filter((tag) => tag !== edit.untag) };
}

/** What is open on them now is as it should be. */
async function acceptPresent(rows: readonly AssetRow[], reason: string): Promise<void> {
  for (let at = 0; at < rows.length; at += NAMED) {
    const present = rows
      .slice(at, at + NAMED)
      .map(({ asset_id: id }) => `id:${id}`)
      .join(' or ');
    await call('set_expectations', { present, reason });
  }
}

async function inTurn<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const left = [...all];
  const done: R[] = [];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) done.push(await act(one));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}
