/** Programs that speak with hundreds: peers, games, telephony, QUIC. */
import { draw, hosts } from './benign-hosts.ts';
import { type Situation, tagged } from './benign-situation.ts';
import type { Service } from './benign-world.ts';

const udp = (port: number, kind: Service['kind'], addresses: string[]): Service => ({
  proto: 'udp',
  port,
  kind,
  addresses,
});
const share = (list: string[], part: number) => list.filter((_, i) => (i * part) % 1 < part);

export function bitcoin(count: number, alive: number, tag?: string): Situation {
  const spec = `wide:83:${count}`;
  const live = share(hosts(spec), alive);
  const dead = hosts(spec).filter((address) => !live.includes(address));
  return {
    name: tagged('benign-bitcoin', tag),
    about: `A Bitcoin node looks for peers on 8333 among ${count} known addresses, ${live.length} of them alive; it keeps those.`,
    innocent: 'scattered addresses of a peer list, and lasting conversations with those that live.',
    services: [{ proto: 'tcp', port: 8333, kind: 'reply' }],
    fate: { silent: dead.filter((_, i) => i % 4 !== 0), refused: dead.filter((_, i) => i % 4 === 0) },
    commands: [`{role} peers hosts=${spec} port=8333 parallel=4 timeout=4 keep=15 rounds=12 pause=0.2`],
    takes: 60 + count * 1.5,
  };
}

export function gnutella(count: number, tag?: string): Situation {
  const spec = `wide:63:${count}`;
  const live = share(hosts(spec), 0.15);
  return {
    name: tagged('benign-gnutella', tag),
    about: `A Gnutella peer tries ${count} hosts of its cache, on 6346 and, every third, on a port of its own.`,
    innocent:
      'as many hosts as attempts, ports of their own, and lasting conversations with those that live.',
    services: [{ proto: 'tcp', port: 6346, kind: 'reply' }],
    fate: { silent: hosts(spec).filter((address) => !live.includes(address)) },
    commands: [
      `{role} peers hosts=${spec} port=6346 odd=0.33 parallel=8 timeout=4 keep=15 rounds=10 pause=0.1`,
    ],
    takes: 60 + count,
  };
}

/** BEP 5; the ports of the peers are those that the role draws by the same seed. */
export function dht(count: number, alive: number, tag?: string): Situation {
  const spec = `wide:68:${count}`;
  const next = draw(3);
  const peers = hosts(spec).map((host) => ({ host, port: 1025 + Math.floor(next() * 64_000) }));
  const live = new Set(share(hosts(spec), alive));
  return {
    name: tagged('benign-dht', tag),
    about: `A BitTorrent DHT node asks ${count} nodes, each on a port of its own, from one socket; ${live.size} answer.`,
    innocent: 'one port per host, scattered; those that answer are asked again.',
    services: peers.filter((peer) => live.has(peer.host)).map(({ host, port }) => udp(port, 'reply', [host])),
    fate: { silent: hosts(spec).filter((host) => !live.has(host)) },
    commands: [`{role} dht hosts=${spec} seed=3 gap=0.05`],
    takes: 30 + count / 10,
  };
}

/** A torrent client: TCP and uTP to a swarm and the DHT beside it. */
export function torrent(count: number, tag?: string): Situation {
  const base = dht(count, 0.3);
  const spec = `wide:69:${count}`;
  const live = share(hosts(spec), 0.25);
  return {
    ...base,
    name: tagged('benign-torrent', tag),
    about: `A torrent client: ${count} peers of a swarm over TCP, a quarter of them reachable, and ${count} nodes of the DHT.`,
    innocent: 'one endpoint per host, data with those that live.',
    services: [...(base.services ?? []), { proto: 'tcp', port: 51_413, kind: 'reply', bytes: 1300 }],
    fate: { silent: [...(base.fate?.silent ?? []), ...hosts(spec).filter((host) => !live.includes(host))] },
    commands: [
      ...base.commands,
      `{role} peers hosts=${spec} port=51413 odd=0.5 parallel=10 timeout=3 keep=8 rounds=10 pause=0.1`,
    ],
    takes: 60 + count,
  };
}

export function games(count: number, tag?: string): Situation {
  const list = hosts(`wide:27:${count}`);
  const live = share(list, 0.7);
  const commands = [0, 1, 2, 3, 4, 5].map((n) => {
    const own = list.filter((_, i) => i % 6 === n);
    return `{role} ask hosts=${own.join(',')} ports=${27_015 + n} socket=${27_900 + n} bytes=25 retries=1 timeout=1 gap=0.05`;
  });
  return {
    name: tagged('benign-game-browser', tag),
    about: `A game's server browser asks ${count} servers on 27015-27020 (A2S), then again those of the favourites.`,
    innocent: 'one or two questions to each of a list, most answer; the list came from a master server.',
    services: [
      ...[0, 1, 2, 3, 4, 5].map((n) => udp(27_015 + n, 'bulk', live)),
      udp(27_011, 'bulk', ['20.20.20.20']),
    ],
    commands: [
      `{role} ask hosts=20.20.20.20 ports=27011 cycles=4; ${commands.join(' & ')} & wait; {role} ask hosts=${list.slice(0, 12).join(',')} ports=27015 cycles=5 gap=0.05`,
    ],
    takes: 120,
  };
}

/** As QUIC looks from outside: two large datagrams, then small ones, port 443. */
export function quic(sites: number, packets: number, oneSided: boolean, tag?: string): Situation {
  const spec = `wide:43:${sites}`;
  return {
    name: tagged('benign-quic', tag),
    about: `QUIC to ${sites} sites, ${packets} datagrams each${oneSided ? '; the tap sees one direction' : ''}.`,
    innocent: oneSided
      ? 'many datagrams for each endpoint; nothing at all is heard from elsewhere.'
      : 'all answer.',
    services: [udp(443, 'bulk', hosts(spec))],
    commands: [
      `{role} stream hosts=${spec} ports=443 first=1200 bytes=80 packets=${packets} pace=0.05 gap=0.4`,
    ],
    ...(oneSided ? { only: 'src host 10.20.0.11' } : {}),
    takes: 40 + sites / 2,
  };
}

export function voice(calls: number, oneSided: boolean, tag?: string): Situation {
  const spec = `wide:52:${calls}`;
  const ports = Array.from({ length: calls }, (_, n) => 16_384 + ((n * 7_346) % 16_000) * 2);
  return {
    name: tagged('benign-voice', tag),
    about: `${calls} calls: SIP to a proxy, then RTP on a port of its own each${oneSided ? '; the tap sees one direction' : ''}.`,
    innocent: 'a stream to each port, fifty packets a second.',
    services: [
      udp(5060, 'echo', ['20.60.60.60']),
      ...hosts(spec).map((host, n) => udp(ports[n] ?? 0, 'echo', [host])),
    ],
    commands: [
      '{role} ask hosts=20.60.60.60 ports=5060 socket=5060 bytes=400 cycles=5 every=3',
      `{role} stream hosts=${spec} ports=${ports.join(',')} packets=40 gap=0.5`,
    ],
    ...(oneSided ? { only: 'src host 10.20.0.11' } : {}),
  };
}

/** One media server, a port for each participant. */
export function conference(people: number, oneSided: boolean, tag?: string): Situation {
  const ports = Array.from({ length: people }, (_, n) => 40_000 + n * 2);
  const spec = Array.from({ length: people }, () => '20.80.80.8').join(',');
  return {
    name: tagged('benign-conference', tag),
    about: `A conference server: ${people} streams to ports 40000 and up of one host${oneSided ? '; the tap sees one direction' : ''}.`,
    innocent: 'dozens of packets to each port.',
    services: ports.map((port) => udp(port, 'echo', ['20.80.80.8'])),
    commands: [`{role} stream hosts=${spec} ports=${ports.join(',')} packets=25 gap=0.2 bytes=400`],
    ...(oneSided ? { only: 'src host 10.20.0.11' } : {}),
  };
}

/** ICE (RFC 8445): all candidates of the other side, of which one answers. */
export function ice(candidates: number, tag?: string): Situation {
  const spec = `wide:34:${candidates}`;
  const next = draw(34);
  const ports = Array.from({ length: candidates }, () => 49_152 + Math.floor(next() * 16_000));
  return {
    name: tagged('benign-ice', tag),
    about: `WebRTC: STUN and TURN servers, then checks of ${candidates} candidates of which a few answer, then media.`,
    innocent: 'a STUN question to each candidate, repeated, and then a stream.',
    services: [
      udp(3478, 'echo', ['20.34.34.1', '20.34.34.2']),
      ...hosts(spec).flatMap((host, n) => (n % 8 === 0 ? [udp(ports[n] ?? 0, 'echo', [host])] : [])),
    ],
    fate: { silent: hosts(spec).filter((_, n) => n % 8 !== 0) },
    commands: [
      `{role} ask hosts=20.34.34.1,20.34.34.2 ports=3478 bytes=28; {role} stream hosts=${spec} ports=${ports.join(',')} packets=7 pace=0.3 gap=0.05 bytes=100 first=100; {role} stream hosts=${hosts(spec)[0]} ports=${ports[0]} packets=100`,
    ],
  };
}

/** An Ethereum node: discovery by UDP and TCP on 30303, most of the table is stale. */
export function ethereum(count: number, tag?: string): Situation {
  const spec = `wide:30:${count}`;
  const live = share(hosts(spec), 0.2);
  return {
    name: tagged('benign-ethereum', tag),
    about: `An Ethereum node pings ${count} nodes of its table on UDP 30303 and dials those on TCP; a fifth lives.`,
    innocent: 'scattered addresses of a peer list, asked twice; conversations with those that live.',
    services: [udp(30_303, 'echo', live), { proto: 'tcp', port: 30_303, kind: 'reply' }],
    fate: { silent: hosts(spec).filter((host) => !live.includes(host)) },
    commands: [
      `{role} ask hosts=${spec} ports=30303 socket=30303 retries=1 timeout=1 gap=0.1`,
      `{role} peers hosts=${hosts(spec)
        .slice(0, count / 3)
        .join(',')} port=30303 parallel=6 timeout=3 keep=10 rounds=10`,
    ],
    takes: 60 + count,
  };
}

export function sipQualify(phones: number, alive: number, tag?: string): Situation {
  const spec = `wide:56:${phones}`;
  const next = draw(7);
  const ports = hosts(spec).map((host) => ({ host, port: 1025 + Math.floor(next() * 64_000) }));
  const live = new Set(share(hosts(spec), alive));
  return {
    name: tagged('benign-sip-qualify', tag),
    about: `A telephone exchange looks every 20 s whether its ${phones} telephones are there, behind NAT ports; ${live.size} answer.`,
    innocent: 'one port for each, again in every cycle.',
    services: ports.filter(({ host }) => live.has(host)).map(({ host, port }) => udp(port, 'echo', [host])),
    fate: { silent: hosts(spec).filter((host) => !live.has(host)) },
    commands: [`{role} qualify hosts=${spec} cycles=3 every=20`],
    takes: 90,
  };
}

export function tftp(files: number, oneSided: boolean, tag?: string): Situation {
  return {
    name: tagged('benign-tftp', tag),
    about: `A telephone loads ${files} files by TFTP: a server port for each${oneSided ? '; the tap sees one direction' : ''}.`,
    innocent: 'each transfer has its question to port 69 and its acknowledgements.',
    services: [udp(69, 'tftp', ['10.41.0.69'])],
    commands: [`{role} tftp host=10.41.0.69 files=${files}`],
    ...(oneSided ? { only: 'src host 10.20.0.11' } : {}),
  };
}
