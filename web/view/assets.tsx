/** Hosts that were found: as the grid of their /24 where one was asked for, else as a list. */

import { State } from '../src/pages/assets/state.tsx';
import { spanOf } from '../src/pages/networks/grid.ts';
import { Moment } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import type { Assets } from './answers.ts';
import type { Host } from './host.ts';
import { Network } from './network.tsx';
import { HostName, Table } from './parts.tsx';

interface Props {
  host: Host;
  facts: Assets;
  asked: Record<string, unknown>;
  open: ((asset: string) => void) | undefined;
}

export function AssetsScreen({ host, facts, asked, open }: Props) {
  const grid = host.mayCall ? gridOf(asked['query']) : undefined;
  return (
    <>
      <h1>{text.hosts({ count: facts.total })}</h1>
      {grid === undefined ? (
        <AssetTable assets={facts.assets} open={open} />
      ) : (
        <Network host={host} grid={grid} open={open} />
      )}
    </>
  );
}

/** `net:10.0.0.0/24` and nothing else. */
function gridOf(query: unknown): string | undefined {
  const [, network = ''] = (typeof query === 'string' && /^net:([\d.]+\/24)$/.exec(query.trim())) || [];
  return spanOf(network) ? network : undefined;
}

export function AssetTable({ assets, open }: Pick<Props, 'open'> & { assets: Assets['assets'] }) {
  return (
    <Table
      label={text.assets_list()}
      heads={[text.assets_address(), text.name(), text.assets_open(), text.assets_last_seen()]}
    >
      {assets.map(({ asset_id: id, address, name, state, open_ports: ports, last_seen: seen }) => (
        <tr key={id}>
          <th scope="row">
            <HostName id={id} name={address ?? id} open={open} /> <State of={state} />
          </th>
          <td>
            <Untrusted>{name}</Untrusted>
          </td>
          <td>
            <code>{ports.join(' ')}</code>
          </td>
          <td>
            <Moment at={seen} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
