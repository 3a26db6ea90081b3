/** Which addresses a host had, and when. */
import type { Answer } from '../../api/call.ts';
import { Moment } from '../../parts/moment.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';

export function Addresses({ addresses }: Pick<Answer<'get_asset'>, 'addresses'>) {
  if (addresses.length === 0) return <p className="text-quiet">{text.asset_no_addresses()}</p>;
  const newest = addresses.toSorted(
    (a, b) => (b.to ?? '~').localeCompare(a.to ?? '~') || b.from.localeCompare(a.from),
  );
  return (
    <>
      <Scroll label={text.asset_tab_addresses()}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.assets_address()}</th>
              <th scope="col">{text.asset_from()}</th>
              <th scope="col">{text.asset_to()}</th>
            </tr>
          </thead>
          <tbody>
            {newest.map(({ address, from, to }) => (
              <tr key={`${address} ${from}`}>
                <th scope="row" className="border-line! font-mono text-ink!">
                  {address}
                </th>
                <td>
                  <Moment at={from} />
                </td>
                <td>{to === undefined ? text.asset_until_now() : <Moment at={to} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="mt-3">
        <SaveCsv
          name="addresses"
          rows={() => [
            ['address', 'from', 'to'],
            ...newest.map(({ address, from, to }) => [address, from, to]),
          ]}
        />
      </p>
    </>
  );
}
