import { useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Delivery } from './alerting.ts';
import { DELIVERY_STATES } from './view.ts';

const STATES: Record<Delivery['state'], { mark: string; className: string; word: () => string }> = {
  waiting: { mark: '…', className: 'text-quiet', word: text.alerts_state_waiting },
  sending: { mark: '→', className: 'text-low', word: text.alerts_state_sending },
  sent: { mark: '✓', className: 'text-good', word: text.alerts_state_sent },
  dead: { mark: '▲', className: 'text-high', word: text.alerts_state_dead },
};

/** What was sent, what waits, and what was given up, with its reason. */
interface Props {
  deliveries: readonly Delivery[];
  /** So many are told at most. */
  most: number;
  /** Those that are shown; all when undefined. */
  state: Delivery['state'] | undefined;
  onState: (state: Delivery['state'] | undefined) => void;
}

export function Deliveries({ deliveries, most, state, onState }: Props) {
  const session = useSession();
  const { mutate, error } = useAct('resend_alerts', ['list_alerts']);
  return (
    <section className="my-6">
      <h2>{text.alerts_deliveries()}</h2>
      {error && <Problem error={error} />}
      <label className="mt-2 flex flex-wrap items-center gap-2">
        {text.state()}
        <select
          className="field"
          value={state ?? ''}
          onChange={({ target }) => onState(DELIVERY_STATES.find((one) => one === target.value))}
        >
          <option value="">{text.all()}</option>
          {DELIVERY_STATES.map((one) => (
            <option key={one} value={one}>
              {STATES[one].word()}
            </option>
          ))}
        </select>
      </label>
      {deliveries.length === 0 ? (
        <p className="mt-1 text-quiet">
          {state === undefined ? text.alerts_no_deliveries() : text.alerts_none_so()}
        </p>
      ) : (
        <>
          <Scroll label={text.alerts_deliveries()} className="mt-2">
            <table className="rows">
              <thead>
                <tr>
                  {[
                    text.state(),
                    text.time(),
                    text.alerts_rule(),
                    text.alerts_channel(),
                    text.alerts_about(),
                    text.alerts_attempts(),
                    text.alerts_error(),
                  ].map((name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {deliveries.map((one) => {
                  const { mark, className, word } = STATES[one.state];
                  return (
                    <tr key={one.delivery_id}>
                      <td className={className}>
                        <span aria-hidden="true">{mark}</span> {word()}
                        {one.state === 'dead' && session.can('alerts:write') && (
                          <button
                            type="button"
                            className="button ms-2"
                            onClick={() => mutate({ deliveries: [one.delivery_id] })}
                          >
                            {text.alerts_resend()}
                          </button>
                        )}
                      </td>
                      <td>
                        <Moment at={one.ended ?? one.made} />
                      </td>
                      <td>{one.rule}</td>
                      <td>{one.channel}</td>
                      <td className="whitespace-nowrap">
                        {one.report === undefined
                          ? text.alerts_incidents({ count: one.incidents })
                          : text.alerts_report()}
                      </td>
                      <td className="tabular-nums">
                        {number(one.attempts)}
                        {one.next_attempt !== undefined && one.attempts > 0 && (
                          <div className="text-sm text-quiet">
                            {text.alerts_next_attempt()} <Moment at={one.next_attempt} />
                          </div>
                        )}
                      </td>
                      <td className="max-w-md">
                        <Untrusted>{one.error}</Untrusted>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </Scroll>
          {deliveries.length >= most && (
            <p className="mt-2 text-sm text-quiet">{text.alerts_newest({ count: number(most) })}</p>
          )}
          <p className="mt-2">
            <SaveCsv name="deliveries" rows={() => [COLUMNS, ...deliveries.map(cellsOf)]} />
          </p>
        </>
      )}
    </section>
  );
}

const COLUMNS = [
  ...['delivery_id', 'state', 'made', 'ended', 'rule', 'channel', 'incidents', 'attempts'],
  ...['next_attempt', 'error'],
];

function cellsOf(one: Delivery): (string | number | undefined)[] {
  return [
    ...[one.delivery_id, one.state, one.made, one.ended, one.rule, one.channel, one.incidents],
    ...[one.attempts, one.next_attempt, one.error],
  ];
}
