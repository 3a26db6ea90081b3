import { useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';

type Delivery = NonNullable<Alerting['deliveries']>[number];

const STATES: Record<Delivery['state'], { mark: string; className: string; word: () => string }> = {
  waiting: { mark: '…', className: 'text-quiet', word: text.alerts_state_waiting },
  sending: { mark: '→', className: 'text-low', word: text.alerts_state_sending },
  sent: { mark: '✓', className: 'text-good', word: text.alerts_state_sent },
  dead: { mark: '▲', className: 'text-high', word: text.alerts_state_dead },
};

/** What was sent, what waits, and what was given up, with its reason. */
export function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  const session = useSession();
  const { mutate, error } = useAct('resend_alerts', ['list_alerts']);
  return (
    <section className="my-6">
      <h2>{text.alerts_deliveries()}</h2>
      {error && <Problem error={error} />}
      {deliveries.length === 0 ? (
        <p className="mt-1 text-quiet">{text.alerts_no_deliveries()}</p>
      ) : (
        <Scroll label={text.alerts_deliveries()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                {[
                  text.state(),
                  text.time(),
                  text.alerts_rule(),
                  text.alerts_channel(),
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
                    <td className="tabular-nums">{one.attempts}</td>
                    <td className="max-w-md">
                      <Untrusted>{one.error}</Untrusted>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}
