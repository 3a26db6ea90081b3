/** The rules that choose what is told where, and when. */
import { useState } from 'react';
import { useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';
import type { Alerting, Rule } from './alerting.ts';
import { DIGESTS, RuleForm } from './rule-form.tsx';
import { timesOf } from './rule-words.ts';

export function Rules({ alerting: { rules, channels } }: { alerting: Alerting }) {
  const session = useSession();
  const { mutate, error } = useAct('set_alert', ['list_alerts']);
  const [edited, setEdited] = useState<Rule>();
  const mayWrite = session.can('alerts:write');
  return (
    <section className="my-6">
      <h2>{text.alerts_rules()}</h2>
      {error && <Problem error={error} />}
      {rules.length === 0 ? (
        <p className="mt-1 text-quiet">{text.alerts_no_rules()}</p>
      ) : (
        <>
          <Scroll label={text.alerts_rules()} className="mt-2">
            <table className="rows">
              <thead>
                <tr>
                  <th scope="col">{text.name()}</th>
                  <th scope="col">{text.alerts_query()}</th>
                  <th scope="col">{text.alerts_channels()}</th>
                  <th scope="col">{text.alerts_digest()}</th>
                  <th scope="col">{text.state()}</th>
                  <th scope="col">
                    <span className="sr-only">{text.alerts_change()}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rules.map((rule) => (
                  <tr key={rule.name}>
                    <th scope="row">{rule.name}</th>
                    <td className="font-mono">{rule.query === '' ? text.all() : rule.query}</td>
                    <td>{rule.channels.join(', ')}</td>
                    <td>
                      {DIGESTS[rule.digest]()}
                      {timesOf(rule).map((line) => (
                        <div key={line} className="text-sm text-quiet">
                          {line}
                        </div>
                      ))}
                    </td>
                    <td className="whitespace-nowrap">
                      {rule.enabled ? `✓ ${text.alerts_enabled()}` : `– ${text.alerts_disabled()}`}
                    </td>
                    <td>
                      {mayWrite && (
                        <div className="flex flex-wrap gap-2">
                          <button
                            type="button"
                            className="button"
                            aria-label={text.alerts_change_one({ name: rule.name })}
                            onClick={() => setEdited(rule)}
                          >
                            {text.alerts_change()}
                          </button>
                          <button
                            type="button"
                            className="button"
                            aria-label={`${text.remove()}: ${rule.name}`}
                            onClick={() => mutate({ remove: { what: 'rule', name: rule.name } })}
                          >
                            {text.remove()}
                          </button>
                        </div>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <p className="mt-2">
            <SaveCsv name="rules" rows={() => [COLUMNS, ...rules.map(cellsOf)]} />
          </p>
        </>
      )}
      {mayWrite ? (
        <RuleForm
          key={JSON.stringify(edited)}
          rule={edited}
          channels={channels.map(({ name }) => name)}
          onKept={() => setEdited(undefined)}
        />
      ) : (
        <p className="mt-2 text-sm text-quiet">{text.scans_needs_scope({ scope: 'alerts:write' })}</p>
      )}
    </section>
  );
}

const COLUMNS = [
  ...['name', 'query', 'channels', 'digest', 'at', 'zone', 'quiet_from', 'quiet_to', 'escalate_minutes'],
  ...['escalate_channel', 'most', 'schedule', 'enabled'],
];

function cellsOf(rule: Rule): (string | number | undefined)[] {
  const { quiet, escalate } = rule;
  return [
    ...[rule.name, rule.query, rule.channels.join(' '), rule.digest, rule.at, rule.zone],
    ...[quiet?.from, quiet?.to, escalate?.minutes, escalate?.channel],
    ...[rule.most, rule.schedule, rule.enabled ? 'yes' : 'no'],
  ];
}
