/** The hosts of a network that no grid can show: IPv6. */
import { Link } from '@tanstack/react-router';
import { Moment } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { State } from '../assets/state.tsx';
import { useHostsOf } from './hosts.ts';

export function HostList({ network }: { network: string }) {
  const { data, error, refetch } = useHostsOf(network);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <section aria-label={network} className="mt-4">
      <h2 className="font-mono">{network}</h2>
      <p className="my-2">
        <Link to="/assets" search={{ query: `net:${network}` }}>
          {text.hosts({ count: data.length })}
        </Link>
      </p>
      {data.length > 0 && (
        <Scroll label={network}>
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.assets_address()}</th>
                <th scope="col">{text.name()}</th>
                <th scope="col">{text.state()}</th>
                <th scope="col">{text.assets_first_seen()}</th>
                <th scope="col">{text.assets_last_seen()}</th>
              </tr>
            </thead>
            <tbody>
              {data.map(({ asset_id: id, address, name, state, first_seen, last_seen }) => (
                <tr key={id}>
                  <th scope="row" className="border-line! font-mono">
                    <Link to="/assets/$asset" params={{ asset: id }} search={{}}>
                      {address ?? id}
                    </Link>
                  </th>
                  <td>
                    <Untrusted>{name}</Untrusted>
                  </td>
                  <td>
                    <State of={state} />
                  </td>
                  <td>
                    <Moment at={first_seen} />
                  </td>
                  <td>
                    <Moment at={last_seen} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {data.length > 0 && (
        <p className="mt-2">
          <SaveCsv
            name="hosts"
            rows={() => [
              ['address', 'name', 'state', 'first_seen', 'last_seen'],
              ...data.map((one) => [
                one.address ?? one.asset_id,
                one.name,
                one.state,
                one.first_seen,
                one.last_seen,
              ]),
            ]}
          />
        </p>
      )}
    </section>
  );
}
