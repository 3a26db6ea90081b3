import { State } from '../src/pages/assets/state.tsx';
import { Moment } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import type { Assets } from './answers.ts';
import { HostName, Table } from './parts.tsx';

interface Props {
  assets: Assets['assets'];
  open: ((asset: string) => void) | undefined;
}

export function AssetTable({ assets, open }: Props) {
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
