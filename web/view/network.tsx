/** A /24 as a grid of 16 by 16, moved in with the arrows; Enter opens the host of a cell. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import * as v from 'valibot';
import { STATES } from '../src/pages/networks/cell-looks.ts';
import { type Cell as AnyCell, cellsOf } from '../src/pages/networks/cells.ts';
import { addressOf, moved, SIDE, spanOf } from '../src/pages/networks/grid.ts';
import { ago } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import { visible } from '../src/parts/visible.ts';
import * as text from '../src/texts/messages.js';
import { Assets, Coverage } from './answers.ts';
import { AssetTable } from './asset-table.tsx';
import type { Host } from './host.ts';
import { Failed } from './parts.tsx';

type Cell = AnyCell<Assets['assets'][number]>;

/** A grid has 256 addresses, and find_assets gives 200 hosts at once. */
const MOST_PAGES = 4;

interface Read {
  hosts: Assets['assets'];
  /** Undefined when nobody tells them here: then no cell may say that it was never looked at. */
  looks: NonNullable<Coverage['looks']> | undefined;
  why: string;
}

async function read(host: Host, grid: string): Promise<Read> {
  const hosts: Assets['assets'] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const args = { query: `net:${grid}`, sort: 'address', limit: 200 };
    const told = await host.call('find_assets', cursor === undefined ? args : { ...args, cursor });
    if (told.failed) throw new Error(told.text);
    const { assets, next_cursor: next } = v.parse(Assets, told.facts);
    hosts.push(...assets);
    cursor = next;
    if (cursor === undefined) break;
  }
  const told = await host.call('show_coverage', { network: grid });
  const looked = v.safeParse(Coverage, told.facts);
  return { hosts, looks: looked.success ? looked.output.looks : undefined, why: told.text };
}

interface Props {
  host: Host;
  grid: string;
  open: ((asset: string) => void) | undefined;
}

export function Network({ host, grid, open }: Props) {
  const [known, setKnown] = useState<Read>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    let away = false;
    read(host, grid).then(
      (told) => !away && setKnown(told),
      (error: unknown) => !away && setFailed(String(error)),
    );
    return () => {
      away = true;
    };
  }, [host, grid]);
  if (failed !== undefined) return <Failed says={failed} />;
  if (!known) return <p role="status">{text.loading()}</p>;
  if (!known.looks)
    return (
      <>
        <p className="quiet">{text.view_no_looks({ why: visible(known.why) })}</p>
        <AssetTable assets={known.hosts} open={open} />
      </>
    );
  return <Grid grid={grid} cells={cellsOf(grid, known.hosts, known.looks, Date.now())} open={open} />;
}

const ROWS = Array.from({ length: SIDE }, (_, row) => row);

function Grid({ grid, cells, open }: { grid: string; cells: readonly Cell[]; open: Props['open'] }) {
  const table = useRef<HTMLTableElement>(null);
  const [here, setHere] = useState(() =>
    Math.max(
      0,
      cells.findIndex(({ host }) => host !== undefined),
    ),
  );
  const start = spanOf(grid)?.first ?? 0;
  const cell = cells[here];
  const enter = () => cell?.host && open?.(cell.host.asset_id);
  const press = (event: KeyboardEvent) => {
    const place = moved(here, event.key);
    if (place !== undefined) {
      event.preventDefault();
      setHere(place);
      table.current?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus();
    } else if (event.key === 'Enter') enter();
  };
  return (
    <>
      <div className="scrolls">
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the pattern of a grid (ARIA APG)
          role="grid"
          aria-label={text.networks_grid({ network: grid })}
          className="grid"
          onKeyDown={press}
        >
          <tbody>
            {ROWS.map((row) => (
              <tr key={row}>
                <th scope="row">.{row * SIDE}</th>
                {cells.slice(row * SIDE, (row + 1) * SIDE).map((one, column) => {
                  const place = row * SIDE + column;
                  return (
                    <td
                      key={place}
                      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as above
                      role="gridcell"
                      data-place={place}
                      tabIndex={place === here ? 0 : -1}
                      aria-label={inWords(addressOf(start + place), one)}
                      className={`${one.state} ${one.fresh ? 'fresh' : ''} ${STATES[one.state].ink}`}
                      onPointerDown={() => setHere(place)}
                    >
                      <span aria-hidden="true">{STATES[one.state].mark}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {cell && (
        <p aria-live="polite">
          <Untrusted>{inWords(addressOf(start + here), cell)}</Untrusted>{' '}
          {cell.host && open && (
            <button type="button" onClick={enter}>
              {text.key_open()}
            </button>
          )}
        </p>
      )}
      <ul className="legend" aria-label={text.networks_legend()}>
        {Object.values(STATES).map(({ mark, ink, word }) => (
          <li key={word()}>
            <span aria-hidden="true" className={ink}>
              {mark || '▢'}
            </span>{' '}
            {word()}
          </li>
        ))}
      </ul>
    </>
  );
}

/** All of a cell in one line: address, state, name, last look. */
function inWords(address: string, { state, host, looked, fresh }: Cell): string {
  return [
    address,
    STATES[state].word(),
    host?.name === undefined ? undefined : visible(host.name),
    fresh ? text.networks_new() : undefined,
    looked === undefined ? undefined : text.networks_looked({ ago: ago(new Date(looked), Date.now()) }),
  ]
    .filter((word) => word !== undefined)
    .join(', ');
}
