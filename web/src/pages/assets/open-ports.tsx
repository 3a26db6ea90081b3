import { number } from '../../parts/moment.tsx';
import * as text from '../../texts/messages.js';
import type { AssetRow } from './rows.ts';

/** Shown in a row; the rest is a number. */
const MOST = 6;

/** What is open, the first of it; what opened lately and is undecided bears a mark that is said as well. */
export function OpenPorts({
  row: { open_ports: open, open_total: all = open.length, new_ports: fresh },
}: {
  row: AssetRow;
}) {
  if (all === 0) return <span className="text-quiet">–</span>;
  const shown = [...open]
    .sort((a, b) => Number(fresh.includes(b)) - Number(fresh.includes(a)))
    .slice(0, MOST);
  return (
    <span className="font-mono text-sm">
      {shown.map((port, at) => (
        <span key={port} className={fresh.includes(port) ? 'font-semibold text-medium' : ''}>
          {at > 0 && ' '}
          {port.replace(/\/tcp$/, '')}
          {fresh.includes(port) && (
            <>
              <span aria-hidden="true">!</span>
              <span className="sr-only"> {text.assets_new_port()}</span>
            </>
          )}
        </span>
      ))}
      {all > shown.length && <span className="text-quiet"> +{number(all - shown.length)}</span>}
    </span>
  );
}
