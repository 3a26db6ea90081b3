/** The main job on hosts of our own in network namespaces, asked for by a real MCP client in both protocol eras. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEXT_BUDGET } from '../../src/tools/results/text.ts';
import { ERAS, type Home, makeHome, type Portolan, startStdio } from '../e2e/portolan.ts';
import { LAB_HOSTS, type LabHost } from './hosts.ts';
import { type Lab, startLab } from './lab.ts';

const OFFICE: LabHost[] = Array.from({ length: 12 }, (_, index) => ({
  address: `10.9.3.${10 + index}`,
  tcp: index % 2 === 0 ? { 22: 'ssh', 80: 'http' } : { 21: 'ftp', 25: 'smtp', 80: 'http' },
}));

let lab: Lab;
beforeAll(async () => {
  lab = await startLab([...Object.values(LAB_HOSTS), ...OFFICE]);
});
afterAll(() => lab.stop());

interface Host {
  address: string;
  status: string;
  ports: { port: number; state: string; service?: string; product?: string }[];
  other_ports?: { state: string; count: number }[];
}

describe.each(ERAS)('in the era %s', (era) => {
  let home: Home;
  let portolan: Portolan;
  beforeAll(async () => {
    home = makeHome();
    portolan = await startStdio(home, era, lab.inside);
  });
  afterAll(async () => {
    await portolan.close();
    home.remove();
  });

  async function scan(tool: string, args: Record<string, unknown>) {
    const answer = await portolan.call(tool, { timeout: 200, ...args });
    expect(answer.structured, answer.text).toMatchObject({ status: 'completed' });
    const result = answer.structured['result'] as {
      hosts: Host[];
      coverage: { kind: string; hosts?: string[] }[];
      next_cursor?: string;
    };
    const open = (address: string) =>
      result.hosts
        .find((host) => host.address === address)
        ?.ports.filter((port) => port.state === 'open')
        .map((port) => port.port);
    return { ...answer, result, open };
  }

  it('a network with 12 live hosts is one answer that fits, and every open port is in it', async () => {
    const { text, result, open } = await scan('quick_scan', { target: '10.9.3.0/24' });
    expect(result.hosts.map((host) => host.address).sort()).toEqual(
      OFFICE.map((host) => host.address).sort(),
    );
    for (const { address, tcp = {} } of OFFICE) expect(open(address)).toEqual(Object.keys(tcp).map(Number));
    expect(result.next_cursor).toBeUndefined();
    expect(text.length).toBeLessThanOrEqual(TEXT_BUDGET);
    for (const { address } of OFFICE) expect(text).toContain(address);
  });

  it('open, closed, dropping, rate-limited, absent and tarpit hosts are told apart', async () => {
    const { result, open } = await scan('quick_scan', { target: '10.9.0.10-15' });
    const others = (address: string) =>
      result.hosts.find((host) => host.address === address)?.other_ports?.map(({ state }) => state);
    expect(open(LAB_HOSTS.open.address)).toEqual([22, 25, 80]);
    expect(open(LAB_HOSTS.closed.address)).toEqual([]);
    expect(others(LAB_HOSTS.closed.address)).toEqual(['closed']);
    expect(open(LAB_HOSTS.dropping.address)).toEqual([443]);
    expect(others(LAB_HOSTS.dropping.address)).toEqual(['filtered']);
    expect(open(LAB_HOSTS.limited.address)).toEqual([21]);
    expect(result.hosts.some((host) => host.address === LAB_HOSTS.down.address)).toBe(false);
    const noted = (kind: string) => result.coverage.find((note) => note.kind === kind)?.hosts;
    expect(noted('filtered')).toContain(LAB_HOSTS.dropping.address);
    expect(noted('tarpit_suspected')).toContain(LAB_HOSTS.tarpit.address);
  });

  it('real services are named, over IPv6 too', async () => {
    const { result, open } = await scan('custom_scan', {
      command: `-6 -sV -p 22,80,443 ${LAB_HOSTS.ipv6.address}`,
    });
    expect(open(LAB_HOSTS.ipv6.address)).toEqual([22, 80]);
    expect(result.hosts[0]?.ports.map(({ service }) => service)).toEqual(['ssh', 'http', 'https']);
  });

  it('every TCP port of a host is scanned, with versions', async () => {
    const { result, open } = await scan('full_scan', { target: LAB_HOSTS.open.address });
    expect(open(LAB_HOSTS.open.address)).toEqual([22, 25, 80]);
    expect(result.hosts[0]?.ports.every(({ product }) => product)).toBe(true);
    expect(result.hosts[0]?.other_ports).toMatchObject([{ state: 'closed', count: 65_532 }]);
  });
});
