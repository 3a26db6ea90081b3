/** Where changes are told: channels, the rules that choose, and what became of each message. */
import { useState } from 'react';
import { useAct, useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';
import { ChannelForm } from './channel-form.tsx';
import { Deliveries } from './deliveries.tsx';
import { Rules } from './rules.tsx';

export function Alerts() {
  const { data, error, refetch } = useTool('list_alerts', { deliveries: 'all', limit: 100 });
  return (
    <>
      <h1>{text.alerts_title()}</h1>
      <p className="mt-1 text-quiet">{text.alerts_lead()}</p>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <>
          <Channels alerting={data} />
          <Rules alerting={data} />
          <Deliveries deliveries={data.deliveries ?? []} />
        </>
      )}
    </>
  );
}

function Channels({ alerting: { channels, kinds } }: { alerting: Alerting }) {
  const session = useSession();
  const { mutate: test, error, data: tested } = useAct('test_alert_channel', ['list_alerts']);
  const { mutate: change, error: refused } = useAct('set_alert_channel', ['list_alerts']);
  const [edited, setEdited] = useState<Alerting['channels'][number]>();
  return (
    <section className="my-6">
      <h2>{text.alerts_channels()}</h2>
      {(error ?? refused) && <Problem error={error ?? refused} />}
      <p role="status">{tested && text.alerts_test_sent({ channel: tested.channel })}</p>
      {channels.length === 0 ? (
        <div className="sheet mt-2 p-4">
          <p className="font-semibold">{text.alerts_no_channels()}</p>
          <p className="text-quiet">{text.alerts_no_channels_next()}</p>
        </div>
      ) : (
        <Scroll label={text.alerts_channels()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.name()}</th>
                <th scope="col">{text.alerts_kind()}</th>
                <th scope="col">{text.alerts_least()}</th>
                <th scope="col">
                  <span className="sr-only">{text.alerts_test()}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {channels.map((channel) => (
                <tr key={channel.name}>
                  <th scope="row">{channel.name}</th>
                  <td>{channel.kind}</td>
                  <td>
                    <Severity of={channel.min_severity} />
                  </td>
                  <td className="flex flex-wrap gap-2">
                    {session.can('alerts:write') && (
                      <button
                        type="button"
                        className="button"
                        onClick={() => test({ channel: channel.name })}
                      >
                        {text.alerts_test()}
                      </button>
                    )}
                    {session.can('admin') && (
                      <>
                        <button type="button" className="button" onClick={() => setEdited(channel)}>
                          {text.alerts_add_channel()}
                        </button>
                        <button
                          type="button"
                          className="button"
                          aria-label={`${text.remove()}: ${channel.name}`}
                          onClick={() => change({ name: channel.name, remove: true })}
                        >
                          {text.remove()}
                        </button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {session.can('admin') ? (
        <ChannelForm key={edited?.name} kinds={kinds} channel={edited} />
      ) : (
        <p className="mt-2 text-quiet">{text.alerts_needs_admin()}</p>
      )}
    </section>
  );
}
