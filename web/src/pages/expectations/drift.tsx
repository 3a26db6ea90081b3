import type { Answer } from '../../api/call.ts';
import { number } from '../../parts/moment.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

/** Where what was seen last differs: open and not expected, expected and not open. */
export function Drift({
  answer: { drift, differences, expectations },
}: {
  answer: Answer<'list_expectations'>;
}) {
  // Where nobody said what is expected, nothing differs and nothing is as expected.
  if (expectations.length === 0 && differences === 0) return null;
  return (
    <section className="my-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2>
          {text.expectations_drift()} ({number(differences)})
        </h2>
        <SaveCsv
          name="drift"
          rows={() => [
            ['asset_id', 'address', 'name', 'kind', 'port'],
            ...drift.map((one) => [one.asset_id, one.address, one.name, one.kind, one.port]),
          ]}
        />
      </div>
      {drift.length === 0 ? (
        <p className="mt-2 text-good">✓ {text.expectations_no_drift()}</p>
      ) : (
        <Scroll label={text.expectations_drift()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.host()}</th>
                <th scope="col">{text.port()}</th>
                <th scope="col">{text.state()}</th>
              </tr>
            </thead>
            <tbody>
              {drift.map(({ asset_id: asset, address, name, kind, port, expectation_id: entry }) => (
                <tr key={`${asset} ${kind} ${port}`}>
                  <th scope="row">
                    <a href={`/assets/${asset}`}>
                      <Untrusted>{address ?? name ?? asset}</Untrusted>
                    </a>
                  </th>
                  <td className="font-mono">{port}</td>
                  <td className={kind === 'unexpected' ? 'text-medium' : 'text-low'}>
                    <span aria-hidden="true">{kind === 'unexpected' ? '◆ ' : '● '}</span>
                    {kind === 'missing' && text.expectations_missing()}
                    {/* An entry that is named is the one that forbids it. */}
                    {kind === 'unexpected' &&
                      (entry === undefined ? text.expectations_unexpected() : text.expectations_forbidden())}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
