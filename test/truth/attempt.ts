/** One random network: built, scanned through a real MCP client, and what is said compared with what was counted. */

import { makeHome, type Portolan, startStdio, withSettings } from '../e2e/portolan.ts';
import { startLab } from '../lab/lab.ts';
import { command } from '../lab/network.ts';
import { falseClaims, Said } from './claims.ts';
import { Counted, counters, wall } from './filter.ts';
import { type Network, randomNetwork } from './network.ts';

export interface Tried {
  network: Network;
  said: Said;
  counted: Counted;
  /** What the answer says and the counters do not. */
  wrong: string[];
}

/** All pages of a result as one. */
async function wholeResult({ call }: Portolan, task_id: unknown): Promise<Said> {
  const page = async (cursor?: string) => {
    const more = cursor === undefined ? {} : { cursor };
    return Said.parse((await call('get_task_result', { task_id, detail: 'full', ...more })).structured);
  };
  const first = await page();
  let { hosts } = first.result;
  for (let next = first.result.next_cursor; next !== undefined; ) {
    const { result } = await page(next);
    const begun = hosts.at(-1);
    // A host with more ports than a page takes goes on on the next.
    const [continued, ...others] = result.hosts;
    hosts =
      begun && continued && begun.address === continued.address
        ? [...hosts.slice(0, -1), { ...begun, ports: [...begun.ports, ...continued.ports] }, ...others]
        : [...hosts, ...result.hosts];
    next = result.next_cursor;
  }
  return { ...first, result: { ...first.result, hosts } };
}

/** Without CAP_NET_RAW, as for somebody who is not root. */
const UNPRIVILEGED = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw', '--'];

export async function tryNetwork(seed: number): Promise<Tried> {
  const network = randomNetwork(seed);
  const home = makeHome();
  const lab = await startLab(network.hosts);
  try {
    lab.amongHosts(['nft', '-f', '-'], wall(network));
    lab.amongHosts(['sysctl', '-qw', 'net.ipv4.icmp_msgs_per_sec=100000', 'net.ipv4.icmp_msgs_burst=10000']);
    const nft = (...words: string[]) => lab.inside(['nft', ...words]);
    const run = ([program, ...rest]: [string, ...string[]], input = '') => command(program, rest, input);
    run(nft('-f', '-'), counters(network));
    const settings = withSettings('scans.syncWaitSeconds=110');
    const portolan = await startStdio(home, '2026-07-28', (argv) =>
      lab.inside([...(network.unprivileged ? UNPRIVILEGED : []), ...settings(argv)]),
    );
    try {
      const { text, structured } = await portolan.call(network.call.tool, network.call.args);
      const { task_id } = structured;
      if (task_id === undefined) throw new Error(`seed ${seed}: ${text}`);
      const said = await wholeResult(portolan, task_id);
      const counted = new Counted(run(nft('-n', '-j', 'list', 'ruleset')));
      return { network, said, counted, wrong: falseClaims(network, said, counted, text) };
    } finally {
      await portolan.close();
    }
  } finally {
    await lab.stop();
    home.remove();
  }
}
