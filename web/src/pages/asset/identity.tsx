/** Why sightings are one host: marks and their worth, and what people say against it. */
import { type Answer, useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { Join, Said } from './join.tsx';

const WORTH: Record<Answer<'asset_history'>['marks'][number]['worth'], () => string> = {
  serial: text.asset_worth_serial,
  key: text.asset_worth_key,
  card: text.asset_worth_card,
  weak: text.asset_worth_weak,
  support: text.asset_worth_support,
  hint: text.asset_worth_hint,
  none: text.asset_worth_none,
};

export function Identity({ view }: { view: Answer<'get_asset'> }) {
  const mayJoin = useSession().can('inventory:write');
  const { asset_id: asset } = view.asset;
  const { data, error, refetch } = useTool('asset_history', { asset });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <>
      <h2>{text.asset_marks()}</h2>
      {data.marks.length === 0 && <p className="mt-1 text-quiet">{text.asset_no_marks()}</p>}
      {data.marks.length > 0 && (
        <Scroll label={text.asset_marks()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.asset_mark()}</th>
                <th scope="col">{text.asset_value()}</th>
                <th scope="col">{text.asset_worth()}</th>
                <th scope="col">{text.assets_first_seen()}</th>
                <th scope="col">{text.assets_last_seen()}</th>
              </tr>
            </thead>
            <tbody>
              {data.marks.map(({ type, value, detail, worth, first_seen, last_seen, ended_at }) => (
                <tr key={`${type} ${value} ${detail}`} className={ended_at === undefined ? '' : 'text-quiet'}>
                  <th scope="row" className="border-line! text-ink!">
                    {type.replaceAll('_', ' ')} <Untrusted>{detail}</Untrusted>
                  </th>
                  <td className="font-mono break-all">
                    <Untrusted>{value}</Untrusted>
                  </td>
                  <td>{WORTH[worth]()}</td>
                  <td>
                    <Moment at={first_seen} />
                  </td>
                  <td>
                    <Moment at={last_seen} />
                    {ended_at !== undefined && ` · ${text.asset_ended()}`}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {data.facts.length > 0 && (
        <>
          <h2 className="mt-6">{text.asset_facts()}</h2>
          <ul className="mt-1 grid gap-1">
            {data.facts.map(({ port, type, text: says, last_seen, ended_at }) => (
              <li key={`${port} ${type} ${says}`}>
                <span className="font-mono">{port}</span> {type} <Untrusted>{says}</Untrusted>{' '}
                <span className="text-quiet">
                  <Moment at={ended_at ?? last_seen} /> {ended_at !== undefined && text.asset_ended()}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2 className="mt-6">{text.asset_said()}</h2>
      <Said past={data} mayJoin={mayJoin} />
      {mayJoin ? (
        <Join asset={asset} merged={data.merged} />
      ) : (
        <p className="text-quiet">{text.asset_join_needs()}</p>
      )}
      <h2 className="mt-6">{text.asset_notes()}</h2>
      {data.notes.length === 0 && <p className="mt-1 text-quiet">{text.asset_no_notes()}</p>}
      <ol className="mt-1 grid gap-1">
        {data.notes.map(({ at, address, decided_by, why }, place) => (
          <li key={`${at} ${decided_by} ${place}`}>
            <Moment at={at} /> <span className="font-mono">{address}</span> ·{' '}
            {decided_by.replaceAll('_', ' ')} · <Untrusted>{why}</Untrusted>
          </li>
        ))}
      </ol>
    </>
  );
}
