/** Programs of an office: logons, inventories, remote desktops, files, and servers that look back at their callers. */
import { hosts } from './benign-hosts.ts';
import { each, type Situation, tagged, tcp } from './benign-situation.ts';

/** A workstation and its domain controllers. */
export function domain(controllers: number, tag?: string): Situation {
  const spec = `10.30.1.1+${controllers}`;
  const ports = [53, 88, 135, 139, 389, 445, 464, 636, 3268, 3269, 9389, 49_664, 49_667, 49_670, 49_681];
  return {
    name: tagged('benign-domain', tag),
    about: `A workstation logs on to ${controllers} domain controllers: ${ports.length} services of each, two of them switched off.`,
    innocent: 'conversations with nearly all of them; the two refused ones are the same everywhere.',
    services: ports.filter((port) => port !== 139 && port !== 9389).map((port) => tcp(port)),
    commands: [`{role} visit hosts=${spec} ports=${ports.join(',')} rounds=2 parallel=4 times=2`],
  };
}

/** Clients of one office that each miss a few of many servers all over the world, all on one port. */
export function missingServers(clients: number, some: number): Situation {
  const servers = hosts(`wide:92:${clients * some}`);
  const near = hosts(`10.20.1.20+${clients}`);
  return {
    name: 'benign-missing-servers',
    about: `${clients} clients of an office call ${some} servers each on port 8888, all over the world and all of them gone.`,
    innocent:
      'no two of the servers lie in one network: nobody shares the search of a network among his hosts.',
    near,
    fate: { silent: servers },
    commands: near.map(
      (client, n) =>
        `{role} visit from=${client} hosts=${servers.slice(n * some, (n + 1) * some).join(',')} ports=8888 timeout=2`,
    ),
  };
}

/** A gateway for remote desktops, some of which are switched off. */
export function desktops(count: number, off: number, tag?: string): Situation {
  const spec = `10.30.8.1+${count}`;
  return {
    name: tagged('benign-remote-desktops', tag),
    about: `A remote desktop gateway connects ${count} people to their machines on 3389; ${off} are switched off, whose people try again.`,
    innocent: 'long conversations with the rest, three tries for the others.',
    services: [tcp(3389)],
    fate: { silent: hosts(spec).slice(0, off) },
    commands: [`{role} visit hosts=${spec} ports=3389 rounds=8 parallel=10 again=2 timeout=4`],
    takes: 120,
  };
}

/** A real sshd would say as much: sixty hosts, all alive, logged into. */
export function inventory(count: number, tag?: string): Situation {
  const spec = `10.30.2.1+${count}`;
  return {
    name: tagged('benign-inventory', tag),
    about: `An asset inventory logs in by SSH to ${count} hosts one after another; two are off.`,
    innocent: 'a conversation with each that lives; the dead ones are tried again.',
    services: [tcp(22, 'greet')],
    fate: { silent: hosts(spec).slice(5, 7) },
    commands: [`{role} visit hosts=${spec} ports=22 rounds=6 parallel=3 again=1`],
  };
}

export function knocking(tag?: string): Situation {
  return {
    name: tagged('benign-knock', tag),
    about: 'Port knocking before each of eight SSH logins.',
    innocent: 'three ports, always the same, and then a conversation.',
    services: [tcp(22, 'greet')],
    fate: {},
    before: { far: ['nft add rule inet w input udp dport != 53 drop'] },
    commands: [
      'for i in $(seq 8); do {role} knock host=10.30.9.9 ports=7000,8000,9000; {role} visit hosts=10.30.9.9 ports=22 rounds=4; done',
    ],
  };
}

/** A server that looks back at its callers, who answer nothing of the kind. */
export function lookBack(callers: number, how: 'ident' | 'netbios', tag?: string): Situation {
  const port = how === 'ident' ? 6667 : 80;
  return {
    name: tagged('benign-look-back', tag ?? how),
    about:
      how === 'ident'
        ? `An IRC server asks each of ${callers} callers by the ident protocol (TCP 113); most drop that.`
        : `A Windows web server asks each of ${callers} visitors for its NetBIOS name (UDP 137), three times; nobody answers.`,
    innocent: 'each was a caller just before, and the conversation goes on.',
    fate: {},
    before: {
      far: [
        'nft add rule inet w input tcp dport 113 ip saddr 10.20.0.11 meta random \\& 3 != 0 drop',
        'nft add rule inet w input udp dport 137 drop',
      ],
    },
    commands: [`{role} serve ports=${port} ${how} seconds=${callers * 0.4 + 8}`],
    beyond: [
      `sleep 1; {role} visit hosts=10.20.0.11 ports=${port} from=wide:113:${callers} connections=${callers} rounds=3 pause=0.3 parallel=1`,
    ],
    takes: callers + 60,
  };
}

/** Peers on the local network and beyond that Windows was told of. */
export function deliveryOptimization(count: number, tag?: string): Situation {
  const spec = `wide:76:${count / 2},10.30.4.10+${count / 2}`;
  const all = hosts(spec);
  return {
    name: tagged('benign-delivery-optimization', tag),
    about: `Windows asks ${count} peers for parts of an update on 7680; half of them sleep.`,
    innocent: 'peers named by a server, half of which send data.',
    services: [tcp(7680, 'reply', { bytes: 1400 })],
    fate: { silent: each(all, 2) },
    commands: [`{role} visit hosts=${spec} ports=7680 parallel=5 rounds=6 again=1 timeout=4`],
    takes: 120,
  };
}

export function ftp(files: number, how: 'passive' | 'active', tag?: string): Situation {
  return {
    name: tagged('benign-ftp', tag ?? how),
    about: `FTP in ${how} mode: ${files} files, each over a port of its own.`,
    innocent: 'every port was agreed in the control connection and carries data.',
    services: [tcp(21, 'ftp')],
    commands: [`{role} ftp host=10.41.0.21 files=${files} ${how === 'active' ? 'active' : ''}`],
  };
}
