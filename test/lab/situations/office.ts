/**
 * An office: machines in namespaces of their own behind one switch, each with its card and OpenSSH's sshd with a key of its
 * own, so that they can move, change cards, fall asleep and stand in for each other while a scanner looks. Needs root,
 * iproute2, nftables and openssh-server.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processStartTicks } from '../../../src/nmap/machine/processes.ts';
import { SCANNER } from '../hosts.ts';
import { type Lab, startLab } from '../lab.ts';
import { makeKey } from '../machine.ts';
import { command } from '../network.ts';

export interface OfficeHost {
  /** Of a maker: one that is made up would make a guest of it. */
  mac: string;
  /** In 10.9.0.0/16, where the scanner is. */
  address: string;
  /** Where its sshd listens; on others it answers with a reset. */
  ports?: readonly number[];
  /** The router it is behind, instead of at the switch. */
  behind?: string;
  /** The network behind it, in which it has that address. */
  routes?: { network: string; address: string };
}

export interface Office {
  lab: Lab;
  /** Gives it another address, as a DHCP server does. */
  move(host: string, address: string): void;
  /** Puts another card into it. */
  newCard(host: string, mac: string): void;
  /** Pulls its cable, or puts it back. */
  plug(host: string, plugged: boolean): void;
  /** Gives it an address with a virtual MAC, as VRRP does to the master; without one takes it away. */
  virtual(host: string, router?: { address: string; mac: string }): void;
  /** Rules of nftables for what comes in: its firewall. */
  firewall(host: string, rules: readonly string[]): void;
  /** Cuts the switch off from the scanner, or mends that. The scanner's own cable still carries. */
  uplink(up: boolean): void;
  /** Pulls the scanner's own cable, or puts it back. */
  cable(up: boolean): void;
  /** Resolves when the scanner has sent something to a host. Of what came before it knows nothing. */
  hears(host: string): Promise<void>;
  stop(): Promise<void>;
}

/** The bridge of the switch, and that of a router for what is behind it. */
const BRIDGE = 'br0';
const CARD = 'eth0';

export async function startOffice(hosts: Readonly<Record<string, OfficeHost>>): Promise<Office> {
  const lab = await startLab([]);
  const scanner = lab.inside([])[3] ?? '';
  const prefix = `portolan-lab-${process.pid}-${processStartTicks(process.pid) ?? 0}-office`;
  const nameOf = (host: string) => `${prefix}-${host}`;
  const cards = Object.fromEntries(Object.entries(hosts).map(([host, { mac }]) => [host, mac]));
  const names: string[] = [];
  const daemons: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'portolan-office-'));
  const ip = (host: string, ...commands: string[]) =>
    command('ip', ['-n', nameOf(host), '-batch', '-'], commands.join('\n'));
  const sysctl = (host: string, ...settings: string[]) =>
    command('ip', ['netns', 'exec', nameOf(host), 'sysctl', '-qw', ...settings]);
  const add = (host: string) => {
    command('ip', ['netns', 'add', nameOf(host)]);
    names.push(nameOf(host));
  };
  const stop = async () => {
    for (const daemon of daemons) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
    }
    for (const name of names) command('ip', ['netns', 'delete', name]);
    rmSync(folder, { recursive: true, force: true });
    await lab.stop();
  };
  try {
    add('switch');
    ip(
      'switch',
      `link add ${BRIDGE} type bridge mcast_snooping 0`,
      `link add up0 type veth peer name office netns ${scanner}`,
      `link set up0 master ${BRIDGE} up`,
      `link set ${BRIDGE} up`,
    );
    command('ip', ['-n', scanner, 'link', 'set', 'office', 'master', 'lab0', 'up']);
    for (const [host, { mac, address, behind = 'switch', routes }] of Object.entries(hosts)) {
      add(host);
      const [, bits = '16'] = hosts[behind]?.routes?.network.split('/') ?? [];
      ip(behind, `link add ${host} type veth peer name ${CARD} netns ${nameOf(host)}`);
      ip(behind, `link set ${host} master ${BRIDGE} up`);
      // It says so when it comes up, as what gives addresses out does: nobody waits for an old entry to be forgotten.
      sysctl(host, 'net.ipv4.conf.all.arp_notify=1');
      ip(
        host,
        'link set lo up',
        `link set ${CARD} address ${mac}`,
        `address add ${address}/${bits} dev ${CARD}`,
        `link set ${CARD} up`,
      );
      const gateway = hosts[behind]?.routes?.address;
      if (gateway) ip(host, `route add default via ${gateway}`);
      if (!routes) continue;
      ip(
        host,
        `link add ${BRIDGE} type bridge mcast_snooping 0`,
        `address add ${routes.address}/${routes.network.split('/')[1]} dev ${BRIDGE}`,
        `link set ${BRIDGE} up`,
      );
      sysctl(host, 'net.ipv4.ip_forward=1');
      command('ip', ['-n', scanner, 'route', 'add', routes.network, 'via', address]);
    }
    await Promise.all(
      Object.entries(hosts).map(async ([host, { ports = [22] }]) => {
        daemons.push(await startSshd(nameOf(host), join(folder, host), ports));
      }),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    lab,
    move: (host, address) =>
      ip(
        host,
        `address flush dev ${CARD}`,
        `address add ${address}/16 dev ${CARD}`,
        // Set once more while it is up, it makes the host announce itself; at the far end of a cable that has just come
        // up, the switch may not pass that on yet.
        `link set ${CARD} address ${cards[host]}`,
      ),
    newCard: (host, mac) => {
      cards[host] = mac;
      ip(host, `link set ${CARD} address ${mac}`);
    },
    plug: (host, plugged) => ip('switch', `link set ${host} ${plugged ? 'up' : 'down'}`),
    virtual: (host, router) => {
      if (!router) return void ip(host, 'link delete vrrp0');
      // What keepalived's use_vmac does: the address is on a card of its own, and is answered for there alone.
      const all = ['arp_ignore=1', 'arp_announce=2', 'rp_filter=0'];
      sysctl(host, ...all.map((setting) => `net.ipv4.conf.all.${setting}`));
      ip(
        host,
        `link add vrrp0 link ${CARD} address ${router.mac} type macvlan mode bridge`,
        `address add ${router.address}/32 dev vrrp0`,
        'link set vrrp0 up',
      );
    },
    firewall: (host, rules) => {
      const table = ['table inet office {', ...rules, '}'];
      const text = ['table inet office', 'delete table inet office', ...(rules.length > 0 ? table : []), ''];
      command('ip', ['netns', 'exec', nameOf(host), 'nft', '-f', '-'], text.join('\n'));
    },
    cable: (up) => command('ip', ['-n', scanner, 'link', 'set', 'lab0', up ? 'up' : 'down']),
    hears: async (host) => {
      ip(host, 'neighbour flush all');
      for (let tries = 0; tries < 1000; tries += 1) {
        if (command('ip', ['-n', nameOf(host), 'neighbour']).includes(SCANNER.ipv4)) return;
        await delay(20);
      }
      throw new Error(`the scanner never asked ${host}`);
    },
    uplink: (up) => ip('switch', `link set up0 ${up ? `master ${BRIDGE}` : 'nomaster'}`),
    stop,
  };
}

/** Listens at those ports of every address that its namespace has or will have. */
async function startSshd(namespace: string, file: string, ports: readonly number[]): Promise<ChildProcess> {
  makeKey(`${file}.key`);
  writeFileSync(
    file,
    [
      ...ports.map((port) => `Port ${port}`),
      'AddressFamily inet',
      `HostKey ${file}.key`,
      'PidFile none',
      'UsePAM no',
      'MaxStartups 200',
      '',
    ].join('\n'),
  );
  const start = `mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f ${file}`;
  const child = spawn('ip', ['netns', 'exec', namespace, 'sh', '-c', start], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`sshd did not start: ${log}`)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.split('Server listening').length > ports.length) resolve();
    });
  });
  return child;
}
