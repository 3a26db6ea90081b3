/** What a scanner over SSH did not send is told as of this machine: its nmap alone can say it. Needs root, nft and sshd. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCANNER } from '../lab/hosts.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { type Machine, startMachine } from '../lab/machine.ts';
import { type Portolan, startStdio } from './portolan.ts';
import { makeSshHome, type SshHome } from './ssh-home.ts';

const HOST = '10.9.4.1';
const OWN_RULE = `table inet own {
  chain out { type filter hook output priority 0
    ip daddr ${HOST} tcp dport 100-120 drop
  }
}`;

let lab: Lab;
let home: SshHome;
let machine: Machine;
let portolan: Portolan;

beforeAll(async () => {
  lab = await startLab([{ address: HOST, tcp: { 22: 'ssh' } }]);
  home = makeSshHome();
  machine = await startMachine({
    inside: (argv) => lab.inside(argv),
    address: SCANNER.ipv4,
    port: 2222,
    users: [{ name: 'root', uid: 0, publicKey: home.publicKey }],
  });
  home.know(machine);
  home.configure({ scanners: { far: home.scanner(machine) } });
  const { status, stderr } = await lab.run(['sh', '-c', `nft -f - <<'END'\n${OWN_RULE}\nEND`]);
  expect(status, stderr).toBe(0);
  portolan = await startStdio(home, '2026-07-28', (argv) => lab.inside(argv));
});
afterAll(async () => {
  await portolan.close();
  await machine.stop();
  await lab.stop();
  home.remove();
});

const custom = (words: string) => ['custom_scan', { command: `-n ${words}` }] as const;
const phases = (target: string) =>
  ['scan_network', { target, port_range: '100-120', strategy: 'adaptive' }] as const;
const NO_ROUTE = /not_scanned: no route to (172\.16\.5\.5|fd77::1) from the scanner: nothing was sent/;
const FAILED = /^no_route: Nothing was sent: the scanner has no way/m;
const KEPT_BACK =
  /the scanner itself did not send \d+( or more)? packets to 10\.9\.4\.1 \(Operation not permitted\)/;

test.each([
  [...custom('-Pn -p 80 172.16.5.5'), [NO_ROUTE, FAILED]],
  [...custom('-Pn -p 80 fd77::1'), [NO_ROUTE, FAILED]],
  // What connect() is told there may as well have come from the network.
  [...custom('-Pn -sT -p 80 172.16.5.5'), [/taken as up \(-Pn\)/, /\(net-unreach\): .*or there is no route/]],
  [...phases('172.16.5.5'), [NO_ROUTE, FAILED]],
  [...custom(`-p 22 ${HOST} 172.16.5.5`), [NO_ROUTE, /1 up, 1 of 2 hosts done/]],
  [...custom(`-Pn -sS -p 100-120 ${HOST}`), [KEPT_BACK]],
  [...phases(HOST), [KEPT_BACK]],
])('%s %j', async (tool, args, says) => {
  const { text } = await portolan.call(tool, { ...args, scanner: 'far' });
  for (const sentence of says) expect(text).toMatch(sentence);
  expect(text).not.toMatch(/drops the probes|agreed|answered again|No address answered|Successfully/);
});
