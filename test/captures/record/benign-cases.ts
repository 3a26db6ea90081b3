/** The benign suite: in none of these does anybody scan. Data only; what each is stands in the functions called. */
import * as lan from './benign-lan.ts';
import * as monitoring from './benign-monitoring.ts';
import * as office from './benign-office.ts';
import * as paths from './benign-paths.ts';
import * as peers from './benign-peers.ts';
import * as services from './benign-services.ts';
import type { Situation } from './benign-situation.ts';
import * as taps from './benign-taps.ts';
import * as web from './benign-web.ts';

const site = (tag: string, count: number, down: number, every: number, cycles: number) => ({
  tag,
  count,
  down,
  every,
  cycles,
});
const DEAD = { silent: ['20.9.9.8'] };
const row = (count: number) => Array.from({ length: count }, (_, n) => `20.9.9.${10 + n}`);

/** Forty addresses of 10.20.0.0/22, here and there. */
const scattered = Array.from({ length: 40 }, (_, n) => `10.20.${1 + (n % 3)}.${5 + ((n * 89) % 240)}`).join(
  ',',
);

export const BENIGN: readonly Situation[] = [
  monitoring.agents(site('silent', 15, 9, 30, 8), [10_050], 'silent'),
  monitoring.agents(site('refused', 20, 18, 15, 6), [10_050], 'refused'),
  monitoring.agents(site('unreachable', 30, 26, 15, 4), [9100], 'unreachable'),
  monitoring.agents(site('absent', 25, 20, 15, 4), [5666], 'absent'),
  monitoring.agents(site('ports', 8, 7, 20, 4), [22, 80, 443, 5666, 9100], 'silent'),
  taps.oneSided(monitoring.agents(site('live', 25, 0, 15, 3), [10_050], 'silent'), 'out'),
  monitoring.snmp(site('program', 40, 30, 15, 4), 'program'),
  monitoring.snmp(site('socket', 40, 30, 20, 5), 'socket'),
  monitoring.pings(site('dead', 40, 30, 15, 3)),
  monitoring.pings(site('live', 70, 0, 8, 3), 1),
  monitoring.pingedOften(30, 30, 4, 'dead'),
  monitoring.pingedOften(30, 24, 4, 'few-live'),
  monitoring.pingedOften(24, 24, 3, 'three'),
  monitoring.pingForever(site('dead', 25, 12, 5, 8)),
  monitoring.nagios(site('dead', 6, 3, 25, 3)),
  monitoring.balancer(site('reset', 12, 8, 5, 5), 'reset'),
  monitoring.balancer(site('half-open', 16, 4, 3, 6), 'halfopen'),
  monitoring.kubernetes(site('crashing', 8, 4, 10, 2)),
  monitoring.timestamps(site('dead', 20, 8, 8, 5)),
  monitoring.protocols(6),
  monitoring.dockerHost(25, 25, 'silent', 4, 'silent'),
  monitoring.dockerHost(24, 16, 'refused', 5, 'refused'),
  services.gossip(14, 6),

  services.mail(20),
  services.deadMail(25),
  web.brokenIpv6(20, 'silent'),
  web.brokenIpv6(18, 'unreachable', 'unreachable'),
  services.outage(16),
  services.outageOnly(25),
  services.retries(20, [443], 'refused'),
  services.retries(24, [443], 'silent', 'silent'),
  services.retries(
    1,
    [80, 443, 2181, 3306, 5432, 5672, 6379, 8080, 8200, 8500, 9000, 9092, 9200, 11_211, 15_672, 27_017],
    'one-host',
  ),
  web.crawler(28, 0.15),
  web.browsing(8),
  web.proxy(30, 27),
  web.mirrors(60, 'ping', 'ping'),
  web.mirrors(30, 'connect', 'connect'),
  web.ci(40),
  office.ftp(30, 'passive'),
  office.ftp(30, 'active'),
  office.inventory(20),
  services.resolver(80),
  services.vpn(16),
  services.ntp(24),
  office.lookBack(24, 'ident'),
  office.lookBack(24, 'netbios'),
  web.quicBlocked(24),
  office.deliveryOptimization(30),
  office.domain(1),
  office.desktops(20, 8),
  office.knocking(),

  peers.bitcoin(120, 0.08),
  peers.gnutella(70),
  peers.ethereum(110),
  peers.dht(150, 0.1),
  peers.torrent(50),
  peers.games(90),
  peers.quic(25, 16, true, 'one-sided'),
  peers.voice(10, true, 'one-sided'),
  peers.conference(20, true, 'one-sided'),
  peers.ice(30),
  peers.sipQualify(40, 0.4),
  peers.tftp(30, true, 'one-sided'),

  lan.gatewayArp(60, 40),
  lan.routerRefresh(120, 120, 90),
  lan.deadNeighbours(40, 5),
  lan.afterDecoys('10.20.1.10+40', 1, 8, '81-90', 'row'),
  lan.afterDecoys(scattered, 1, 8, '81-90', 'scattered'),
  lan.afterDecoys(scattered, 5, 6, '80,443', 'open'),
  lan.dhcp(30),
  lan.neighbours6(24),
  lan.failover(30),
  lan.wakeOnLan(30, 'unicast'),
  lan.wakeOnLan(30, 'broadcast'),
  lan.wakeOnLan(30, 'etherwake'),
  lan.chatter(300),
  lan.printers(8),
  lan.telemetry(20),

  paths.mtr('-u', 30, 'udp'),
  paths.mtr('-u', 20, 'udp-silent', '20.9.9.8', DEAD),
  paths.mtr('-T', 25, 'tcp'),
  paths.mtr('', 20, 'icmp'),
  paths.traceroutes('udp', ['', '-q 5'], row(3)),
  paths.traceroutes('icmp', ['-I'], row(6)),
  paths.traceroutes('tcp', ['-T -p 443'], row(4)),
  paths.traceroutes('silent', ['', '-T', '-I', '-U'], ['20.9.9.8'], DEAD),
  paths.traceroutes('ipv6', ['-6', '-6 -I', '-6 -T'], ['2a00::9']),
  paths.traceroutes('many', [''], row(9)),
  paths.tracepath('3', ['20.9.9.9', '20.9.9.10', '2a00::9']),

  taps.idleClosed(40, [443, 8080], 'reset', 'reset'),
  taps.idleClosed(30, [135, 445], 'vanished', 'vanished'),
  taps.oneSided(taps.idleClosed(60, [443], 'answered', 'answered'), 'in'),
  taps.natTimeout(40),
  taps.silentKeepalives(30),
  taps.oneSidedTcp(30, 'out'),
  taps.oneSidedTcp(30, 'in'),
  taps.oneSidedUpload(40),
  taps.oneSidedDns(40, 5, 'out'),
  taps.oneSidedDns(20, 10, 'in'),
  taps.oneSided(services.resolver(80), 'out'),
  taps.midStream(60, 'reset'),
  taps.router(24, 'nat'),
  taps.router(16, 'plain'),
  taps.backscatter(60),
  taps.reflection(80),
];
