/** Each port as a strip: what it was when, in shapes, and the same in words. */
import { type Answer, useTool } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';
import { PortState, type PortWord, wordOfPort } from './port-state.tsx';
import { type Piece, piecesOf } from './spans.ts';

/** Strips that are shown; the table of a host with more ports tells the others. */
const MOST = 200;

export function Timeline({ asset, at }: { asset: string; at: string | undefined }) {
  const { data, error, refetch } = useTool('asset_history', { asset });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  if (data.ports.length === 0) return <p className="text-quiet">{text.asset_no_ports()}</p>;
  const end = at === undefined ? Date.now() : Date.parse(at);
  const starts = data.ports.map(({ from }) => Date.parse(from));
  const within = { from: Math.min(...starts, end - 1), to: end };
  const strips = [...Map.groupBy(data.ports, ({ port, vantage }) => `${port} ${vantage}`)]
    .map(([key, spans]) => ({ key, spans, pieces: piecesOf(spans, within) }))
    .filter(({ pieces }) => pieces.length > 0);
  const omitted = data.ports_omitted ?? 0;
  return (
    <>
      <p className="flex flex-wrap gap-x-4">
        {(['open', 'closed', 'blocked', 'silent'] as const).map((state) => (
          <span key={state} className="inline-flex items-center gap-2">
            <svg width="34" height="18" aria-hidden="true">
              <Bar state={state} x={0} width={34} />
            </svg>
            {wordOfPort(state)}
          </span>
        ))}
        <span className="text-quiet">{text.asset_not_asked()}</span>
      </p>
      {omitted > 0 && <p className="text-quiet">{text.asset_older_omitted({ count: omitted })}</p>}
      <Scroll label={text.asset_tab_timeline()} className="mt-2">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.port()}</th>
              <th scope="col" className="w-1/2 min-w-64">
                <span className="flex justify-between gap-2 font-normal">
                  <span>{day(within.from)}</span>
                  <span>{day(within.to)}</span>
                </span>
              </th>
              <th scope="col">{text.asset_in_words()}</th>
            </tr>
          </thead>
          <tbody>
            {strips.slice(0, MOST).map(({ key, spans, pieces }) => (
              <Strip key={key} spans={spans} pieces={pieces} within={within} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

interface StripProps {
  spans: Answer<'asset_history'>['ports'];
  pieces: readonly Piece<PortWord>[];
  within: { from: number; to: number };
}

const WIDTH = 1000;

function Strip({ spans: [first], pieces, within }: StripProps) {
  if (!first) return null;
  const place = (time: number) => ((time - within.from) / (within.to - within.from)) * WIDTH;
  return (
    <tr>
      <th scope="row" className="border-line! text-ink!">
        <span className="font-mono">{first.port}</span>
        <div className="text-sm font-normal text-quiet">
          <Untrusted>{[first.service, first.product, first.version].filter(Boolean).join(' ')}</Untrusted>
          <div>
            <Untrusted>{first.vantage}</Untrusted>
          </div>
        </div>
      </th>
      <td>
        <svg
          viewBox={`0 0 ${WIDTH} 18`}
          preserveAspectRatio="none"
          className="h-[18px] w-full"
          aria-hidden="true"
        >
          {pieces.map(({ state, from, to }) => (
            <Bar key={from} state={state} x={place(from)} width={Math.max(3, place(to) - place(from))} />
          ))}
        </svg>
      </td>
      <td className="text-sm">
        <ul>
          {pieces.toReversed().map(({ state, from, to, lasts }) => (
            <li key={from}>
              <PortState of={state} /> {day(from)} – {lasts ? text.asset_until_now() : day(to)}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  );
}

/** Told apart by height and outline, not by colour alone: open stands high, closed is a line, silent is hollow. */
function Bar({ state, x, width }: { state: PortWord; x: number; width: number }) {
  switch (state) {
    case 'open':
      return <rect x={x} y={0} width={width} height={18} fill="var(--color-good)" />;
    case 'closed':
      return <rect x={x} y={14} width={width} height={4} fill="var(--color-edge)" />;
    case 'blocked':
      return <rect x={x} y={7} width={width} height={11} fill="var(--color-medium)" />;
    default:
      return (
        <rect
          x={x + 0.5}
          y={9}
          width={Math.max(1, width - 1)}
          height={8}
          fill="none"
          stroke="var(--color-edge)"
          strokeDasharray="3 3"
          vectorEffect="non-scaling-stroke"
        />
      );
  }
}

function day(at: number): string {
  return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}
