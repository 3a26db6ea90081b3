/** Captures that see half: one direction, or the end of connections whose beginning they missed. */
import { hosts } from './benign-hosts.ts';
import { type Situation, tagged, tcp } from './benign-situation.ts';

const OUT = 'src net 10.20.0.0/22';
const IN = 'dst net 10.20.0.0/22 and not src net 10.20.0.0/22';

/** Servers close idle connections after the client has gone: FINs, and RSTs that answer them. */
export function idleClosed(
  count: number,
  ports: number[],
  how: 'reset' | 'vanished' | 'answered',
  tag?: string,
): Situation {
  const spec = `10.41.0.1+${Math.ceil(count / ports.length)}`;
  const idle = `{role} idle hosts=${spec} ports=${ports.join(',')}`;
  // The wire moves to a namespace without the connections: what a reboot does. Without an address, nobody is there.
  const moved = 'unshare -n sleep 25 & sleep 0.3; n=$!; ip link set near0 netns $n; nsenter -n -t $n';
  const lines = {
    answered: `${idle} seconds=25`,
    reset: `${idle} seconds=30 & sleep 6; ${moved} sh -c 'ip addr add 10.20.0.11/22 dev near0; ip link set near0 up; ip route add default via 10.20.0.1'; sleep 18`,
    vanished: `${idle} seconds=30 & sleep 6; ${moved} ip link set near0 up; sleep 22`,
  };
  return {
    name: tagged('benign-idle-closed', tag),
    about: `The capture begins in mid-stream; ${count} idle connections are closed by the servers (${how === 'reset' ? 'the client has forgotten them and resets' : how === 'vanished' ? 'the client is gone without a word' : 'the client closes too'}).`,
    innocent: 'FINs from service ports to ephemeral ones.',
    services: ports.map((port) => tcp(port, 'reply', { idle: 12 })),
    commands: [lines[how]],
    tap: 'far',
    begin: 8,
    takes: 60,
  };
}

/** A NAT has forgotten its table: keepalives are answered by RST. */
export function natTimeout(count: number, tag?: string): Situation {
  const spec = `wide:91:${count}`;
  return {
    name: tagged('benign-nat-timeout', tag),
    about: `A client keeps ${count} connections alive; a NAT in between restarts, and each keepalive is answered by RST.`,
    innocent: 'lone ACKs to service ports of connections that were there before the capture.',
    services: [tcp(443), tcp(993)],
    beyond: ["sleep 10; nft 'add rule inet w input tcp flags & (syn|ack) == ack reject with tcp reset'"],
    before: { near: ['sysctl -qw net.ipv4.tcp_keepalive_intvl=2'] },
    commands: [
      `{role} idle hosts=${spec} ports=443 seconds=30 keepalive`,
      '{role} visit hosts=10.41.0.5 ports=993 rounds=40',
    ],
    begin: 9,
    takes: 60,
  };
}

/** As before, but nothing answers any more. */
export function silentKeepalives(count: number, tag?: string): Situation {
  const spec = `wide:92:${count}`;
  return {
    ...natTimeout(count, tag),
    name: tagged('benign-keepalive', tag),
    about: `A client keeps ${count} connections alive whose other ends have fallen silent; the capture begins then.`,
    innocent: 'the same ACK again and again, to service ports of old connections.',
    beyond: ["sleep 10; nft 'add rule inet w outage iif far0 drop'"],
    commands: [`{role} idle hosts=${spec} ports=443 seconds=30 keepalive`],
  };
}

/** One direction of whole connections. */
export function oneSidedTcp(sites: number, side: 'out' | 'in', tag?: string): Situation {
  return {
    name: tagged('benign-one-sided-tcp', tag ?? side),
    about: `A tap that sees only what ${side === 'out' ? 'leaves' : 'comes back'}: a client's connections to ${sites} sites, all of which work.`,
    innocent: 'whole conversations, of which one half is missing: ACKs and data follow each SYN.',
    services: [tcp(443, 'reply', { bytes: 1300 }), tcp(80)],
    commands: [`{role} visit hosts=wide:94:${sites} ports=443,80 rounds=3 parallel=6`],
    only: side === 'out' ? OUT : IN,
  };
}

/** Uploads to many ports of one host, of which the answers are missing. */
export function oneSidedUpload(ports: number, tag?: string): Situation {
  const list = Array.from({ length: ports }, (_, n) => 20_000 + n * 13);
  return {
    name: tagged('benign-one-sided-upload', tag),
    about: `Parallel uploads to ${ports} ports of one storage host; the tap sees one direction.`,
    innocent: 'data to each port.',
    services: list.map((port) => tcp(port)),
    commands: [`{role} visit hosts=10.41.0.9 ports=${list.join(',')} rounds=5 bytes=1200 parallel=10`],
    only: OUT,
  };
}

export function oneSidedDns(servers: number, queries: number, side: 'out' | 'in', tag?: string): Situation {
  const spec = `wide:95:${servers}`;
  return {
    name: tagged('benign-one-sided-dns', tag ?? side),
    about: `A resolver's questions to ${servers} servers, ${queries} each from ports of their own; the tap sees only what ${side === 'out' ? 'leaves' : 'comes back'}.`,
    innocent:
      side === 'out' ? 'each server is asked again and again.' : 'all from port 53 to ephemeral ports.',
    services: [{ proto: 'udp', port: 53, kind: 'echo', addresses: hosts(spec) }],
    commands: [`{role} ask hosts=${spec} ports=53 cycles=${queries} every=1 gap=0.02`],
    only: side === 'out' ? OUT : IN,
    takes: 30 + queries * 3,
  };
}

/** Connections that were there before the capture, and end in it. */
export function midStream(connections: number, how: 'reset' | 'close', tag?: string): Situation {
  return {
    name: tagged('benign-mid-stream', tag ?? how),
    about: `${connections} connections are under way when the capture begins; their client ends and ${how === 'reset' ? 'resets' : 'closes'} them all at once.`,
    innocent: 'the same endpoints as before, ended from ephemeral ports of their own, and answered.',
    services: [443, 8080, 5222, 993, 22].map((port) => tcp(port)),
    commands: [
      `{role} idle hosts=wide:99:${Math.ceil(connections / 5)} ports=443,8080,5222,993,22 seconds=14 ${how === 'reset' ? 'unread' : ''}`,
      '{role} cloud hosts=10.41.0.5+3 ports=443 seconds=18 every=2',
    ],
    begin: 6,
    takes: 60,
  };
}

/** A router's tap on all interfaces: every packet is seen twice, with translation the second time under its own address. */
export function router(sites: number, how: 'nat' | 'plain', tag?: string): Situation {
  return {
    name: tagged('benign-router', tag ?? how),
    about: `A router captures on all interfaces: a browser's connections to ${sites} sites are seen twice${how === 'nat' ? ', before and after address translation' : ''}.`,
    innocent: 'most work; the refused ones are asked once more.',
    services: [tcp(443)],
    hops: 1,
    tap: 'router',
    before:
      how === 'nat'
        ? {
            router: [
              "nft 'add table ip n; add chain ip n p { type nat hook postrouting priority 100; }; add rule ip n p oif d1 masquerade'",
            ],
          }
        : {},
    fate: { refused: hosts(`wide:97:${sites}`).filter((_, n) => n % 4 === 0) },
    commands: [`{role} visit hosts=wide:97:${sites} ports=443 rounds=2 parallel=4 again=1`],
  };
}

/** Answers to forged questions: a flood elsewhere under addresses of ours. */
export function backscatter(count: number, tag?: string): Situation {
  const forged = hosts(`10.20.1.1+${count}`);
  return {
    name: tagged('benign-backscatter', tag),
    about: `Somebody floods a web server under ${count} of our addresses; its SYN/ACKs and resets arrive here.`,
    innocent: 'answers without a question, from one service port.',
    near: forged,
    services: [tcp(80)],
    beyond: [
      `for a in ${forged.join(' ')}; do for p in 80 443; do hping3 -q -a $a -S -p $p -c 2 -i u20000 20.1.1.1 & done; sleep 0.05; done; wait`,
    ],
    commands: ['true'],
    takes: 60,
  };
}

/** Reflectors answer a victim that has asked nothing. */
export function reflection(count: number, tag?: string): Situation {
  const victims = Array.from({ length: count }, () => '10.20.0.11').join(',');
  return {
    name: tagged('benign-reflection', tag),
    about: `A victim of ${count} open resolvers: large answers from port 53 to many of its ports, which it did not ask for.`,
    innocent: 'one or two packets of each source, all from port 53: the victim of a flood.',
    commands: ['true'],
    beyond: [`{role} push hosts=${victims} from=wide:14:${count} source=53 bytes=1200 times=2 gap=0.01`],
    takes: 30,
  };
}

/** The other way round: the same situation through a tap of one direction. */
export function oneSided(situation: Situation, side: 'out' | 'in'): Situation {
  return {
    ...situation,
    name: `${situation.name}-${side}`,
    about: `${situation.about} The tap sees only what ${side === 'out' ? 'leaves' : 'comes back'}.`,
    only: side === 'out' ? OUT : IN,
  };
}
