/** What people said to expect, and where the network differs from it, both ways. */
import { getRouteApi } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { useAct, useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { QueryField } from '../../parts/query-field.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { Drift } from './drift.tsx';
import { AcceptPresent, AddExpectation } from './say.tsx';

const route = getRouteApi('/inside/expectations');

type Expectation = Answer<'list_expectations'>['expectations'][number];

export const EFFECTS: Record<Expectation['effect'], () => string> = {
  allow: text.expectations_allow,
  require: text.expectations_require,
  forbid: text.expectations_forbid,
};

export function Expectations() {
  const { query } = route.useSearch();
  const navigate = route.useNavigate();
  const session = useSession();
  const { data, error, refetch } = useTool('list_expectations', { limit: 1000, ...(query ? { query } : {}) });
  const may = session.can('inventory:approve');
  return (
    <>
      <h1>{text.expectations_title()}</h1>
      <p className="mt-1 text-quiet">{text.expectations_lead()}</p>
      <QueryField
        query={query}
        onChange={(next) => void navigate({ search: next === '' ? {} : { query: next } })}
      />
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <>
          <Drift answer={data} />
          <Listed expectations={data.expectations} mayChange={may} />
        </>
      )}
      {may ? (
        <div className="grid gap-4 xl:grid-cols-2">
          <AddExpectation />
          <AcceptPresent />
        </div>
      ) : (
        <p className="text-quiet">{text.expectations_needs()}</p>
      )}
    </>
  );
}

function Listed({ expectations, mayChange }: { expectations: readonly Expectation[]; mayChange: boolean }) {
  const { mutate, error } = useAct('set_expectations', ['list_expectations', 'find_assets', 'get_asset']);
  return (
    <section className="my-6">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2>
          {text.expectations_list()} ({number(expectations.length)})
        </h2>
        <SaveCsv
          name="expectations"
          rows={() => [
            [
              'hosts',
              'ports',
              'protocol',
              'effect',
              'product',
              'reason',
              'approved_by',
              'approved_at',
              'until',
            ],
            ...expectations.map((one) => [
              ...[one.hosts, one.ports, one.protocol, one.effect, one.product, one.reason],
              ...[one.approved_by, one.approved_at, one.until],
            ]),
          ]}
        />
      </div>
      {error && <Problem error={error} />}
      {expectations.length === 0 ? (
        <div className="sheet mt-2 p-4">
          <p className="font-semibold">{text.expectations_none()}</p>
          <p className="text-quiet">{text.expectations_none_next()}</p>
        </div>
      ) : (
        <Scroll label={text.expectations_list()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                {[
                  text.expectations_hosts(),
                  text.expectations_ports(),
                  text.expectations_effect(),
                  text.reason(),
                  text.expectations_by(),
                  text.expectations_until(),
                ].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                {mayChange && (
                  <th scope="col">
                    <span className="sr-only">{text.expectations_take_back()}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {expectations.map((one) => (
                <tr key={one.expectation_id} className={one.ended ? 'text-quiet' : ''}>
                  <td className="font-mono break-all">{one.hosts}</td>
                  <td className="font-mono">
                    {one.ports}/{one.protocol}
                  </td>
                  <td>{EFFECTS[one.effect]()}</td>
                  <td>
                    <Untrusted>{one.reason}</Untrusted>
                  </td>
                  <td>
                    {one.approved_by}
                    <div className="text-sm text-quiet">
                      <Moment at={one.approved_at} />
                    </div>
                  </td>
                  <td>
                    {one.until === undefined ? text.expectations_for_good() : <Moment at={one.until} />}
                    {one.ended && <div>{text.expectations_ended()}</div>}
                  </td>
                  {mayChange && (
                    <td>
                      <button
                        type="button"
                        className="button"
                        aria-label={`${text.expectations_take_back()}: ${one.ports} ${one.hosts}`}
                        onClick={() => mutate({ remove: [one.expectation_id] })}
                      >
                        {text.expectations_take_back()}
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
