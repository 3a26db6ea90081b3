/** Hosts that were found: as the grid of their /24 where one was asked for, else as a list. */

import { spanOf } from '../src/pages/networks/grid.ts';
import * as text from '../src/texts/messages.js';
import type { Assets } from './answers.ts';
import { AssetTable } from './asset-table.tsx';
import type { Host } from './host.ts';
import { Network } from './network.tsx';

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
