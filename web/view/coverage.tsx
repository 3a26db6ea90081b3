/** How far each network was looked at; of one that was asked for, who is where in it. */
import { gridsOf, spanOf } from '../src/pages/networks/grid.ts';
import { Moment, number } from '../src/parts/moment.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import type { Coverage } from './answers.ts';
import type { Host } from './host.ts';
import { Network } from './network.tsx';
import { Table } from './parts.tsx';

interface Props {
  host: Host;
  facts: Coverage;
  asked: Record<string, unknown>;
  open: ((asset: string) => void) | undefined;
  openNetwork: ((network: string) => void) | undefined;
}

export function CoverageScreen({ host, facts, asked, open, openNetwork }: Props) {
  const network = asked['network'];
  const span = typeof network === 'string' ? spanOf(network) : undefined;
  const [grid] = span ? gridsOf(span) : [];
  return (
    <>
      <h1>{text.coverage_title()}</h1>
      {grid !== undefined && host.mayCall && (
        <>
          <h2>{grid}</h2>
          <Network host={host} grid={grid} open={open} />
        </>
      )}
      <Table
        label={text.coverage_title()}
        heads={[
          text.coverage_network(),
          text.coverage_aspect(),
          text.coverage_looked(),
          text.coverage_last(),
        ]}
      >
        {facts.coverage.map(({ network: name, range, aspect, within, addresses, last_look: last }) => (
          <tr key={`${name} ${range} ${aspect}`}>
            <th scope="row">
              {openNetwork && spanOf(range) ? (
                <button type="button" className="link" onClick={() => openNetwork(range)}>
                  <Untrusted>{name}</Untrusted>
                </button>
              ) : (
                <Untrusted>{name}</Untrusted>
              )}
            </th>
            <td>{aspect}</td>
            <td>
              {number(within)} / {number(addresses)}
            </td>
            <td>{last === undefined ? text.coverage_never() : <Moment at={last} />}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
