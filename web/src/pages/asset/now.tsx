/** What a host offers, what is expected of it, and what changed. */
import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { Moment } from '../../parts/moment.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Severity } from '../../parts/severity.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { wordsOf } from '../changes/words.ts';
import { PortState } from './port-state.tsx';

export function Now({ view }: { view: Answer<'get_asset'> }) {
  const { ports, expected, changes, asset } = view;
  const ordered = ports.toSorted((a, b) => Number(b.state === 'open') - Number(a.state === 'open'));
  return (
    <>
      <h2>{text.asset_ports()}</h2>
      {ports.length === 0 ? (
        <p className="mt-1 text-quiet">{text.asset_no_ports()}</p>
      ) : (
        <Scroll label={text.asset_ports()} className="mt-2">
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{text.port()}</th>
                <th scope="col">{text.state()}</th>
                <th scope="col">{text.assets_service()}</th>
                <th scope="col">{text.asset_since()}</th>
                <th scope="col">{text.asset_confirmed()}</th>
                <th scope="col">{text.asset_vantage()}</th>
              </tr>
            </thead>
            <tbody>
              {ordered.map(({ port, state, service, product, version, since, confirmed, vantage }) => (
                <tr key={`${vantage} ${port}`}>
                  <th scope="row" className="border-line! font-mono text-ink!">
                    {port}
                    {asset.new_ports.includes(port) && (
                      <span className="ms-1 text-medium">
                        <span aria-hidden="true">!</span>
                        <span className="sr-only">{text.assets_new_port()}</span>
                      </span>
                    )}
                  </th>
                  <td>
                    <PortState of={state} />
                  </td>
                  <td>
                    <Untrusted>{[service, product, version].filter(Boolean).join(' ')}</Untrusted>
                    {product !== undefined && (
                      <Link to="/services" search={{ product }} className="ms-2 text-sm whitespace-nowrap">
                        {text.asset_who_else()}
                      </Link>
                    )}
                  </td>
                  <td>
                    <Moment at={since} />
                  </td>
                  <td>
                    <Moment at={confirmed} />
                  </td>
                  <td>
                    <Untrusted>{vantage}</Untrusted>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      <h2 className="mt-6">{text.asset_expected()}</h2>
      {expected.length === 0 && <p className="mt-1 text-quiet">{text.asset_nothing_expected()}</p>}
      <ul className="mt-1 list-disc ps-5">
        {expected.map((line) => (
          <li key={line}>
            <Untrusted>{line}</Untrusted>
          </li>
        ))}
      </ul>
      <h2 className="mt-6">{text.changes_title()}</h2>
      {changes.length === 0 && <p className="mt-1 text-quiet">{text.asset_no_changes()}</p>}
      <ol className="mt-1 grid gap-1">
        {changes.map(({ change_id: id, at, kind, severity, port, before, after }) => (
          <li key={id} className="flex flex-wrap gap-x-3">
            <Moment at={at} />
            <Severity of={severity} />
            <Link to="/changes" search={{ change: id }}>
              {wordsOf(kind)}
            </Link>
            <span className="font-mono">{port}</span>
            <span className="min-w-0">
              <Untrusted>{before}</Untrusted> {after !== undefined && '→'} <Untrusted>{after}</Untrusted>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
