/** One /24 as a grid: moved in with the arrows, chosen from with shift or by dragging, told in words. */
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { ago } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { AssetRow } from '../assets/rows.ts';
import { STATES, shadeOf } from './cell-looks.ts';
import type { Cell } from './cells.ts';
import { addressOf, moved, SIDE, spanOf, targetOf } from './grid.ts';
import { useCells } from './hosts.ts';

export function GridTable({ grid }: { grid: string }) {
  const { cells, error, refetch } = useCells(grid);
  return (
    <div className="min-w-0">
      <h2 className="font-mono">{grid}</h2>
      {error && <Problem error={error} retry={refetch} />}
      {!cells && !error && <Waiting />}
      {cells && <Cells grid={grid} cells={cells} />}
    </div>
  );
}

const ROWS = Array.from({ length: SIDE }, (_, row) => row);

function Cells({ grid, cells }: { grid: string; cells: readonly Cell<AssetRow>[] }) {
  const table = useRef<HTMLTableElement>(null);
  const [here, setHere] = useState(() =>
    Math.max(
      0,
      cells.findIndex(({ host }) => host !== undefined),
    ),
  );
  // The other end of what is chosen; nothing is while it is undefined.
  const [anchor, setAnchor] = useState<number>();
  const drags = useRef(false);
  const now = Date.now();
  const start = spanOf(grid)?.first ?? 0;
  const [from, to] = anchor === undefined ? [-1, -1] : [Math.min(anchor, here), Math.max(anchor, here)];
  const go = (place: number, extend: boolean) => {
    setAnchor(extend ? (anchor ?? here) : undefined);
    setHere(place);
    table.current?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
  };
  const press = (event: KeyboardEvent) => {
    const place = moved(here, event.key);
    if (place !== undefined) {
      event.preventDefault();
      go(place, event.shiftKey);
    } else if (event.key === ' ') {
      event.preventDefault();
      setAnchor(anchor === undefined ? here : undefined);
    } else if (event.key === 'Escape') setAnchor(undefined);
  };
  return (
    <>
      <Scroll label={grid} className="mt-2">
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the pattern of a grid (ARIA APG)
          role="grid"
          aria-label={text.networks_grid({ network: grid })}
          aria-multiselectable="true"
          className="border-separate border-spacing-0.5 select-none touch-pan-y"
          onKeyDown={press}
          onPointerUp={() => {
            drags.current = false;
          }}
        >
          <tbody>
            {ROWS.map((row) => (
              <tr key={row}>
                <th scope="row" className="pe-1.5 text-end font-mono text-xs font-normal text-quiet">
                  .{row * SIDE}
                </th>
                {cells.slice(row * SIDE, (row + 1) * SIDE).map((cell, column) => {
                  const place = row * SIDE + column;
                  const chosen = place >= from && place <= to;
                  const { mark, ink } = STATES[cell.state];
                  return (
                    <td
                      key={place}
                      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as above
                      role="gridcell"
                      data-place={place}
                      tabIndex={place === here ? 0 : -1}
                      aria-selected={chosen}
                      aria-label={inWords(addressOf(start + place), cell, now)}
                      title={inWords(addressOf(start + place), cell, now)}
                      className={`size-6.5 cursor-pointer rounded-sm text-center leading-none ${shadeOf(cell, now)} ${ink} ${
                        cell.fresh ? 'outline-2 -outline-offset-2 outline-medium' : ''
                      } ${chosen ? 'shadow-[inset_0_0_0_3px_var(--color-link)]' : 'shadow-[inset_0_0_0_1px_var(--color-line)]'}`}
                      onPointerDown={(event) => {
                        drags.current = event.button === 0;
                        go(place, event.shiftKey);
                      }}
                      onPointerEnter={(event) => {
                        if (drags.current && event.buttons === 1 && place !== here) go(place, true);
                      }}
                    >
                      <span aria-hidden="true">{mark}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Chosen
        grid={grid}
        address={addressOf(start + here)}
        cell={cells[here]}
        target={anchor === undefined ? undefined : targetOf(grid, anchor, here)}
        count={to - from + 1}
        now={now}
      />
    </>
  );
}

/** All of a cell in one line: address, state, name, last look. */
function inWords(address: string, { state, host, looked, fresh }: Cell<AssetRow>, now: number): string {
  return [
    address,
    STATES[state].word(),
    host?.name?.replace(/[\p{Cc}\p{Cf}]/gu, ' '),
    fresh ? text.networks_new() : undefined,
    looked === undefined ? undefined : text.networks_looked({ ago: ago(new Date(looked), now) }),
  ]
    .filter((word) => word !== undefined)
    .join(', ');
}

interface ChosenProps {
  grid: string;
  address: string;
  cell: Cell<AssetRow> | undefined;
  target: string | undefined;
  count: number;
  now: number;
}

/** The cell with the focus, and what can be done with those that are chosen. */
function Chosen({ grid, address, cell, target, count, now }: ChosenProps) {
  const mayScan = useSession().can('scan:run');
  const scanned = target ?? address;
  return (
    <div className="mt-2 min-h-16">
      <p aria-live="polite">
        {target === undefined || count < 2 ? (
          <>
            {cell?.host ? (
              <Link
                to="/assets/$asset"
                params={{ asset: cell.host.asset_id }}
                search={{}}
                className="font-mono"
              >
                {address}
              </Link>
            ) : (
              <span className="font-mono">{address}</span>
            )}{' '}
            {cell && STATES[cell.state].word()} <Untrusted>{cell?.host?.name}</Untrusted>{' '}
            {cell?.fresh && text.networks_new()}{' '}
            <span className="text-quiet">
              {cell?.looked !== undefined && text.networks_looked({ ago: ago(new Date(cell.looked), now) })}
            </span>
          </>
        ) : (
          text.networks_chosen({ count, target: scanned })
        )}
      </p>
      {mayScan && (
        <p className="mt-1 flex flex-wrap gap-2">
          <Link to="/scans/new" search={{ target: scanned }} className="button button-main">
            {text.networks_scan({ target: scanned })}
          </Link>
          <Link to="/scans/new" search={{ target: grid }} className="button">
            {text.networks_scan({ target: grid })}
          </Link>
        </p>
      )}
    </div>
  );
}
