/** What is said in situations of every kind in which nothing, or not all, was sent or answered. Needs root, nft, nmap and sshd. */
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Home, makeHome, type Portolan, startStdio, withSettings } from './portolan.ts';
import { COMPLAINTS, FAR, FOUR, SITUATIONS, SIX, type Situation } from './situations.ts';

const NAMES = [
  '127.0.0.1 localhost',
  `${FOUR} two.lab host_one.lab both.lab again.lab`,
  `${FAR} two.lab`,
  `${SIX} both.lab`,
].join('\n');

function firewall({ own, wall }: Situation): { scanner: string; hosts: string } {
  const chain = (hook: string, rule = '') =>
    `chain ${hook} {\ntype filter hook ${hook} priority 0;\n${rule}\n}`;
  const few = own?.output?.includes('@few') ? 'set few { type ipv4_addr; flags dynamic; size 64; }' : '';
  return {
    scanner: own
      ? `table inet own { ${few}\n${chain('output', own.output)}\n${chain('input', own.input)}\n}`
      : '',
    hosts: wall ? `table inet wall {\n${chain('input', wall)}\n}` : '',
  };
}

describe('real scans', () => {
  let lab: Lab;
  let home: Home;
  let portolan: Portolan;

  beforeAll(async () => {
    home = makeHome();
    lab = await startLab([
      { address: FOUR, tcp: { 22: 'ssh', 80: 'http' } },
      { address: SIX, tcp: { 80: 'http' } },
    ]);
    const names = join(home.folder, 'hosts');
    writeFileSync(names, NAMES);
    const often = withSettings(
      'rateLimit.scansPerMinute=600',
      'security.allowedNames=*.lab',
      'scans.syncWaitSeconds=100',
    );
    // The namespace of the mounts ends with the server.
    const named = `mount --bind ${names} /etc/hosts && exec "$@"`;
    portolan = await startStdio(home, '2026-07-28', (argv) =>
      lab.inside(['unshare', '--mount', 'sh', '-c', named, 'sh', ...often(argv)]),
    );
  });
  afterAll(async () => {
    await portolan.close();
    await lab.stop();
    home.remove();
  });

  async function inScanner(script: string): Promise<void> {
    const { status, stderr } = await lab.run(['sh', '-c', script]);
    if (status !== 0) throw new Error(stderr);
  }

  test.each(SITUATIONS)('%s', async (_, situation) => {
    const { scanner, hosts } = firewall(situation);
    const { before, after, tool = 'custom_scan', args, says, never = [] } = situation;
    try {
      if (scanner) await inScanner(`nft -f - <<'END'\n${scanner}\nEND`);
      if (hosts) lab.amongHosts(['nft', '-f', '-'], hosts);
      if (before) await inScanner(before);
      const { text } = await portolan.call(tool, args);
      for (const sentence of says) expect(text).toMatch(sentence);
      for (const sentence of never) expect(text).not.toMatch(sentence);
    } finally {
      await inScanner('nft delete table inet own 2>/dev/null || true');
      lab.amongHosts(['sh', '-c', 'nft delete table inet wall 2>/dev/null || true']);
      if (after) await inScanner(after);
    }
  });

  test('a network that goes down in the middle of a scan', async () => {
    lab.amongHosts(
      ['nft', '-f', '-'],
      firewall({ wall: 'tcp dport 100-400 drop', args: {}, says: [] }).hosts,
    );
    const scan = portolan.call('custom_scan', { command: `-n -Pn -p 100-400 --max-rate 60 ${FOUR}` });
    await new Promise((wake) => setTimeout(wake, 2500));
    await inScanner('ip link set lab0 down');
    const { text } = await scan;
    expect(text).toMatch(/^no_route: The network went away in the middle of the scan/m);
    expect(text).toMatch(/cut_off: The scan was cut off/);
    expect(text).not.toMatch(/drops the probes/);
    await inScanner('ip link set lab0 up');
    lab.amongHosts(['nft', 'delete', 'table', 'inet', 'wall']);
  });
});

describe.each(COMPLAINTS)('nmap says beside a clean report: %s', (_, { stderr, says }) => {
  test('and the answer says so too', async () => {
    const home = makeHome();
    const nmap = join(home.folder, 'nmap');
    copyFileSync(fileURLToPath(new URL('fixtures/nmap-of-a-file', import.meta.url)), nmap);
    chmodSync(nmap, 0o755);
    writeFileSync(join(home.folder, 'stderr'), stderr);
    writeFileSync(
      join(home.folder, 'report.xml'),
      '<nmaprun scanner="nmap" version="7.93"><scaninfo type="syn" protocol="tcp" numservices="5" services="1-5"/><host><status state="up"/><address addr="127.0.0.1" addrtype="ipv4"/><ports><extraports state="filtered" count="5"><extrareasons reason="no-responses" count="5" proto="tcp" ports="1-5"/></extraports></ports></host><runstats><finished time="1" elapsed="1" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>',
    );
    const portolan = await startStdio(home, '2026-07-28', withSettings(`scans.nmapPath=${nmap}`));
    try {
      const { text } = await portolan.call('custom_scan', { command: '-Pn -p 1-5 127.0.0.1' });
      for (const sentence of says) expect(text).toMatch(sentence);
      expect(text).not.toMatch(/drops the probes/);
    } finally {
      await portolan.close();
      home.remove();
    }
  });
});
