import { useState } from 'react';
import { useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting } from './alerting.ts';
import { ChannelForm } from './channel-form.tsx';
import { ReportForm } from './report-form.tsx';

/** Where messages go. */
export function Channels({ alerting: { channels, kinds } }: { alerting: Alerting }) {
  const session = useSession();
  const { mutate: test, error, data: tested } = useAct('test_alert_channel', ['list_alerts']);
  const { mutate: change, error: refused } = useAct('set_alert_channel', ['list_alerts']);
  const [edited, setEdited] = useState<Alerting['channels'][number]>();
  const mail = channels.filter(({ kind }) => kind === 'email').map(({ name }) => name);
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
                <th scope="col">{text.alerts_report()}</th>
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
                  <td>{channel.report ?? '–'}</td>
                  <td>
                    <div className="flex flex-wrap gap-2">
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
                          <button
                            type="button"
                            className="button"
                            aria-label={text.alerts_change_one({ name: channel.name })}
                            onClick={() => setEdited(channel)}
                          >
                            {text.alerts_change()}
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
                    </div>
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
      {session.can('alerts:write') && mail.length > 0 && <ReportForm channels={mail} />}
    </section>
  );
}
