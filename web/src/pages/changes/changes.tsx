/** The inbox of changes, decided with the keyboard or with buttons. */
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useKeys } from '../../shell/keys.tsx';
import { useNews } from '../../shell/live.tsx';
import * as text from '../../texts/messages.js';
import { DecideDialog, type Decision, idsOf, useDecide } from './decide.tsx';
import { Filters } from './filters.tsx';
import { type Change, useChanges } from './list.ts';
import { ChangeRow } from './row.tsx';

const route = getRouteApi('/inside/changes');

export function Changes() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, isPending, hasNextPage, fetchNextPage } = useChanges(view);
  const news = useNews('what_changed', ['change']);
  const changes = useMemo(() => data?.pages.flatMap((page) => page.changes) ?? [], [data]);
  const [first] = data?.pages ?? [];
  return (
    <>
      <h1>{text.changes_title()}</h1>
      <p className="mt-1 text-quiet">{text.changes_lead()}</p>
      <Filters view={view} onChange={(next) => void navigate({ search: next })} />
      {news.count > 0 && (
        <button type="button" className="button button-main my-3" onClick={news.show}>
          {text.news({ count: news.count })}
        </button>
      )}
      {error && <Problem error={error} retry={() => void refetch()} />}
      {isPending && !error && <Waiting />}
      {first && (
        <>
          <p role="status" className="my-3 font-medium">
            {text.changes_count({ count: first.total })}
          </p>
          <Inbox changes={changes} chosen={view.change} onNews={news.show} />
          <div className="mt-3 flex flex-wrap gap-2">
            {hasNextPage && (
              <button type="button" className="button" onClick={() => void fetchNextPage()}>
                {text.more_changes()}
              </button>
            )}
            {changes.length > 0 && <SaveCsv name="changes" rows={() => [COLUMNS, ...changes.map(cellsOf)]} />}
          </div>
          <Held suppressed={first.suppressed} notCompared={first.not_compared} />
        </>
      )}
    </>
  );
}

const COLUMNS = [
  ...['change_id', 'at', 'severity', 'kind', 'site', 'address', 'name', 'port', 'before', 'after'],
  ...['state', 'decided_by', 'reason'],
];

function cellsOf(one: Change): (string | undefined)[] {
  return [
    ...[one.change_id, one.at, one.severity, one.kind, one.site, one.address, one.name, one.port],
    ...[one.before, one.after, one.state, one.decided_by, one.reason],
  ];
}

const isDecided = ({ state }: Change) => state !== 'open' && state !== 'closed';

function Nothing() {
  return (
    <div className="sheet p-5">
      <p className="font-semibold">{text.nothing_changed()}</p>
      <p className="mt-1 text-quiet">{text.nothing_changed_next()}</p>
    </div>
  );
}

interface InboxProps {
  changes: readonly Change[];
  /** The one that a permanent link names. */
  chosen: string | undefined;
  onNews: () => void;
}

function Inbox({ changes, chosen, onNews }: InboxProps) {
  const session = useSession();
  const mayDecide = session.can('inventory:write');
  const navigate = route.useNavigate();
  // By its name, so that it stays the same one when rows come and go.
  const [current, setCurrent] = useState(chosen ?? changes[0]?.change_id);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Decision>();
  const [done, setDone] = useState<{ says: string; changes: readonly Change[] }>();
  const decide = useDecide();
  const list = useRef<HTMLTableSectionElement>(null);
  const at = Math.max(
    0,
    changes.findIndex(({ change_id }) => change_id === current),
  );
  const meant =
    selected.size > 0
      ? changes.filter(({ change_id }) => selected.has(change_id))
      : changes.slice(at, at + 1);

  useEffect(() => {
    list.current
      ?.querySelector(`[data-change="${CSS.escape(current ?? '')}"]`)
      ?.scrollIntoView({ block: 'nearest' });
  }, [current]);

  const finish = (what: string, expected: readonly string[] = []) => {
    setDone({
      says: expected.length > 0 ? text.now_expected({ what: expected.join('; ') }) : text.decided({ what }),
      changes: meant,
    });
    setCurrent(changes.slice(at).find((change) => !meant.includes(change))?.change_id);
    setSelected(new Set());
    setAsked(undefined);
  };
  const acknowledge = () => {
    if (meant.length === 0) return;
    decide.mutate(
      { changes: idsOf(meant), decision: 'acknowledge' },
      { onSuccess: () => finish(text.acknowledge()) },
    );
  };
  // What was decided last; else what is chosen, where somebody has decided about it before.
  const undoable = done && done.changes.length > 0 ? done.changes : meant.filter(isDecided);
  const undo = () => {
    if (undoable.length === 0) return;
    decide.mutate(
      { changes: idsOf(undoable), decision: 'undo' },
      { onSuccess: () => setDone({ says: text.decided({ what: text.undo() }), changes: [] }) },
    );
  };
  const toggle = (id: string, range: boolean) => {
    const next = new Set(selected);
    const from = changes.findLastIndex(({ change_id }, index) => index < at && selected.has(change_id));
    if (range && from !== -1) for (const { change_id } of changes.slice(from, at + 1)) next.add(change_id);
    else if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const move = (step: number) =>
    setCurrent(changes[Math.min(Math.max(at + step, 0), changes.length - 1)]?.change_id);
  const here = changes[at];
  const deciding = mayDecide
    ? [
        { key: 'x', does: text.key_select(), act: () => here && toggle(here.change_id, false) },
        { key: 'X', does: text.key_select(), act: () => here && toggle(here.change_id, true) },
        { key: 'e', does: text.accept(), act: () => setAsked('accept') },
        { key: 'a', does: text.acknowledge(), act: acknowledge },
        { key: 'm', does: text.mute(), act: () => setAsked('mute') },
        { key: 'u', does: text.undo(), act: undo },
      ]
    : [];
  useKeys([
    { key: 'j', does: text.key_down(), act: () => move(1) },
    { key: 'k', does: text.key_up(), act: () => move(-1) },
    ...deciding,
    {
      key: 'o',
      does: text.key_open(),
      act: () => {
        if (here?.asset_id) void navigate({ href: `/assets/${here.asset_id}` });
      },
    },
    { key: '.', does: text.key_news(), act: onNews },
  ]);

  return (
    <>
      {mayDecide ? (
        <div
          role="toolbar"
          aria-label={text.change()}
          className="sticky top-0 z-10 flex flex-wrap gap-2 bg-ground py-2"
        >
          <span className="self-center text-sm text-quiet">
            {text.selected_count({ count: meant.length })}
          </span>
          <button type="button" className="button button-main" onClick={() => setAsked('accept')}>
            {text.accept()} <Hint>e</Hint>
          </button>
          <button type="button" className="button" onClick={acknowledge}>
            {text.acknowledge()} <Hint>a</Hint>
          </button>
          <button type="button" className="button" onClick={() => setAsked('mute')}>
            {text.mute()} <Hint>m</Hint>
          </button>
          <button type="button" className="button" onClick={undo} disabled={undoable.length === 0}>
            {text.undo()} <Hint>u</Hint>
          </button>
        </div>
      ) : (
        <p className="text-sm text-quiet">{text.not_permitted()}</p>
      )}
      {decide.error && <Problem error={decide.error} />}
      <p role="status" className="text-sm">
        {done?.says}
      </p>
      {changes.length === 0 ? (
        <Nothing />
      ) : (
        <Scroll label={text.list_of_changes()}>
          <table className="rows">
            <caption className="sr-only">{text.list_of_changes()}</caption>
            <thead>
              <tr>
                {mayDecide && <th scope="col">{text.select()}</th>}
                <th scope="col">{text.severity()}</th>
                <th scope="col">{text.change()}</th>
                <th scope="col">{text.host()}</th>
                <th scope="col">{text.before_after()}</th>
                <th scope="col">{text.time()}</th>
                <th scope="col">{text.state()}</th>
              </tr>
            </thead>
            <tbody ref={list}>
              {changes.map((change) => (
                <ChangeRow
                  key={change.change_id}
                  change={change}
                  current={change.change_id === here?.change_id}
                  selected={mayDecide ? selected.has(change.change_id) : undefined}
                  onPoint={() => setCurrent(change.change_id)}
                  onSelect={() => toggle(change.change_id, false)}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {asked && meant.length > 0 && (
        <DecideDialog
          decision={asked}
          changes={meant}
          onDone={(expected) => finish(asked === 'accept' ? text.accept() : text.mute(), expected)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

/** The key that does the same; a screen reader hears of it behind `?`. */
function Hint({ children }: { children: string }) {
  return (
    <span aria-hidden="true" className="rounded border border-current px-1 font-mono text-xs opacity-80">
      {children}
    </span>
  );
}

/** What was not told as a change, and why: nothing is left out without a word. */
function Held({
  suppressed,
  notCompared,
}: {
  suppressed: readonly { rule: string; count: number; why: string }[];
  notCompared: readonly string[];
}) {
  const count = suppressed.reduce((sum, one) => sum + one.count, 0);
  return (
    <>
      {count > 0 && (
        <details className="mt-4">
          <summary>{text.differences({ count })}</summary>
          <ul className="mt-2 list-disc ps-6">
            {suppressed.map(({ rule, count, why }) => (
              <li key={`${rule} ${why}`}>
                {count} × {why} <span className="text-quiet">({rule})</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {notCompared.length > 0 && (
        <details className="mt-2">
          <summary>{text.not_compared()}</summary>
          <ul className="mt-2 list-disc ps-6">
            {notCompared.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
