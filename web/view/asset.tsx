import { PortState } from '../src/pages/asset/port-state.tsx';
import { wordOf } from '../src/pages/assets/words.ts';
import { Moment } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import type { OneAsset } from './answers.ts';
import { ChangeList } from './changes.tsx';
import type { Host } from './host.ts';
import { Table } from './parts.tsx';

export function AssetScreen({ host, facts }: { host: Host; facts: OneAsset }) {
  const { asset, ports, expected, changes } = facts;
  const known: [string, string | undefined][] = [
    [text.name(), asset.address === undefined ? undefined : asset.name],
    [text.assets_vendor(), asset.vendor],
    [text.assets_os(), asset.os],
    [text.assets_class(), wordOf('class', asset.class)],
    [text.state(), wordOf('state', asset.state)],
    [text.asset_tab_addresses(), asset.other_addresses?.join(', ')],
  ];
  return (
    <>
      <h1>
        <Untrusted>{asset.address ?? asset.name ?? asset.asset_id}</Untrusted>
      </h1>
      <dl>
        {known.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Untrusted>{value}</Untrusted>
              </dd>
            </div>
          ),
        )}
        <div>
          <dt>{text.asset_seen_first()}</dt>
          <dd>
            <Moment at={asset.first_seen} />, {text.asset_seen_last()} <Moment at={asset.last_seen} />
          </dd>
        </div>
      </dl>
      <h2>{text.asset_ports()}</h2>
      {ports.length === 0 ? (
        <p>{text.asset_no_ports()}</p>
      ) : (
        <Table
          label={text.asset_ports()}
          heads={[text.port(), text.state(), text.scans_service(), text.asset_confirmed()]}
        >
          {ports.map(({ port, state, vantage, service, product, version, confirmed }) => (
            <tr key={`${port} ${vantage}`}>
              <th scope="row">
                <code>{port}</code>
              </th>
              <td>
                <PortState of={state} />
              </td>
              <td>
                <Untrusted>{[service, product, version].filter(Boolean).join(' ')}</Untrusted>
              </td>
              <td>
                <Moment at={confirmed} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <h2>{text.asset_expected()}</h2>
      {expected.length === 0 && <p>{text.asset_nothing_expected()}</p>}
      <ul>
        {expected.map((line) => (
          <li key={line}>
            <Untrusted>{line}</Untrusted>
          </li>
        ))}
      </ul>
      <h2>{text.changes_title()}</h2>
      {changes.length === 0 && <p>{text.asset_no_changes()}</p>}
      <ChangeList host={host} changes={changes} open={undefined} />
    </>
  );
}
