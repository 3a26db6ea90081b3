/** Whether Portolan itself is well, and how it is set up. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';
import { Findings } from './findings.tsx';
import { healthQuery, type SystemReport, systemQuery } from './report.ts';
import { Retention } from './retention.tsx';
import { Source } from './source.tsx';

const STATUS = {
  healthy: text.system_healthy,
  degraded: text.system_degraded,
  unhealthy: text.system_unhealthy,
};

export function System() {
  const session = useSession();
  const health = useQuery(healthQuery);
  return (
    <>
      <h1>{text.system_title()}</h1>
      <p className="mt-1 text-quiet">{text.system_lead()}</p>
      <section className="my-6">
        <h2>{text.system_health()}</h2>
        {health.error && <Problem error={health.error} retry={() => void health.refetch()} />}
        {health.data && (
          <>
            <p className="my-2 font-medium">{STATUS[health.data.status]()}</p>
            <Findings
              label={text.system_health()}
              findings={health.data.checks.map(({ message, ...one }) => ({ ...one, detail: message }))}
            />
          </>
        )}
      </section>
      {session.can('admin') ? <Inside /> : <p className="text-quiet">{text.system_needs_admin()}</p>}
    </>
  );
}

function Inside() {
  const { data, error, refetch } = useQuery(systemQuery);
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <>
      <section className="my-6">
        <h2>{text.system_doctor()}</h2>
        <div className="mt-2">
          <Findings label={text.system_doctor()} findings={data.doctor} />
        </div>
      </section>
      <Audit audit={data.audit} />
      <Tokens tokens={data.tokens} />
      <Retention settings={data.settings} />
      <Settings settings={data.settings} />
    </>
  );
}

function Audit({ audit }: Pick<SystemReport, 'audit'>) {
  return (
    <section className="my-6">
      <h2>{text.system_audit()}</h2>
      {audit === undefined ? (
        <p className="text-quiet">{text.system_audit_none()}</p>
      ) : audit.ok ? (
        <p className="text-good">✓ {text.system_audit_whole({ records: number(audit.records) })}</p>
      ) : (
        <p className="text-high">
          ▲ {text.system_audit_broken()} {audit.problem}
        </p>
      )}
    </section>
  );
}

function Tokens({ tokens }: Pick<SystemReport, 'tokens'>) {
  return (
    <section className="my-6">
      <h2>{text.system_tokens()}</h2>
      <p className="mt-1 text-quiet">
        {tokens.length === 0 ? text.system_no_tokens() : text.system_token_how()}
      </p>
      {tokens.length > 0 && (
        <Scroll label={text.system_tokens()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.name()}</th>
                <th scope="col">{text.system_token_scopes()}</th>
                <th scope="col">{text.system_token_made()}</th>
                <th scope="col">{text.system_token_ends()}</th>
                <th scope="col">{text.state()}</th>
              </tr>
            </thead>
            <tbody>
              {tokens.map(({ name, scopes, created_at: made, expires_at: ends, revoked_at: revoked }) => (
                <tr key={`${name} ${made}`} className={revoked === undefined ? '' : 'text-quiet'}>
                  <th scope="row">{name}</th>
                  <td>{scopes.join(' ')}</td>
                  <td>
                    <Moment at={made} />
                  </td>
                  <td>{ends === undefined ? text.system_token_never() : <Moment at={ends} />}</td>
                  <td>
                    {revoked === undefined
                      ? `✓ ${text.system_token_valid()}`
                      : `– ${text.system_token_revoked()}`}
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

function Settings({ settings }: Pick<SystemReport, 'settings'>) {
  const [onlyChanged, setOnlyChanged] = useState(true);
  const shown = onlyChanged ? settings.filter(({ source }) => source !== undefined) : settings;
  return (
    <section className="my-6">
      <h2>{text.system_settings()}</h2>
      <p className="mt-1 text-quiet">{text.system_read_only()}</p>
      <label className="my-2 flex min-h-9 items-center gap-2">
        <input
          type="checkbox"
          className="size-6"
          checked={onlyChanged}
          onChange={({ target }) => setOnlyChanged(target.checked)}
        />
        {text.system_only_changed()}
      </label>
      <Scroll label={text.system_settings()}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.system_setting()}</th>
              <th scope="col">{text.system_value()}</th>
              <th scope="col">{text.system_source()}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, value, source }) => (
              <tr key={name}>
                <th scope="row" className="font-mono font-normal">
                  {name}
                </th>
                <td className="font-mono break-all">{JSON.stringify(value)}</td>
                <td>
                  <Source of={source} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
