/** Settings: packet captures, and what is known of the addresses in them. */
import { z } from 'zod';
import * as of from '../setting-types.ts';

export const captures = {
  allowedDir: of.optional('The folder whose captures the tools may read.', of.path, {
    defaultText: 'none: the capture tools refuse every file',
  }),
  maxFileMb: of.amount(
    'Largest capture a tool reads, in MiB; the decompressed size counts too.',
    [0.001, 102_400],
    50,
  ),
  maxUploadMb: of.amount(
    'Largest capture that can be uploaded, in MiB. Those are read whatever `maxFileMb` says.',
    [0.001, 102_400],
    200,
  ),
  maxUploadsMb: of.amount(
    'All uploaded captures together, in MiB; beyond it none is taken.',
    [0, 1_048_576],
    2000,
  ),
  keepUploadsDays: of.amount('Days until an uploaded capture is deleted.', [0.01, 3650], 7),
  requireToken: of.flag('Capture tools need the argument `auth_token`, equal to `captures.token`.', false),
  token: of.secret('The token of `captures.requireToken`.'),
  allowPrivate: of.flag('Tell what is known locally of private addresses too.', false),
};

const MANY = [1, 1_000_000] as const;

export const detection = {
  failedEndpoints: of.count(
    'SYN and connect scans: distinct endpoints that failed (refused, unreachable, silent, half open).',
    MANY,
    10,
  ),
  failedPerSuccess: of.amount('… and at least this many times those that worked.', [0, 1000], 2),
  stealthEndpoints: of.count('FIN, NULL, Xmas and odd flag sets: distinct endpoints.', MANY, 8),
  strayEndpoints: of.count('ACK and Maimon: distinct endpoints met without a handshake.', MANY, 10),
  udpEndpoints: of.count('UDP: distinct endpoints without an answer of the service.', MANY, 10),
  icmpHosts: of.count('ICMP echo, timestamp and netmask: distinct hosts.', MANY, 10),
  arpHosts: of.count(
    'ARP: distinct addresses asked for, one after another or within `arpWindowSeconds`.',
    MANY,
    30,
  ),
  ndpHosts: of.count('IPv6 neighbour discovery: the same.', MANY, 20),
  arpWindowSeconds: of.count(
    'Window of the two above, in seconds, for addresses in no order; never more than 10.',
    MANY,
    60,
  ),
  sctpEndpoints: of.count('SCTP: distinct endpoints.', MANY, 10),
  ipProtocols: of.count('IP protocol scans: distinct protocols on one host.', MANY, 10),
  distributedSources: of.count(
    'Distributed scans: sources that share the ports of one host, or one port of many hosts.',
    MANY,
    5,
  ),
  distributedPorts: of.count('Distributed scans: ports, or hosts, they probed together.', MANY, 40),
  slowBelowPps: of.amount(
    'A suspect whose fastest window stays below this is called slow.',
    [0, 1_000_000],
    5,
  ),
  windowSeconds: of.setting(
    'Lengths of the windows in which rates are looked for, in seconds.',
    () => z.array(z.number().min(0.1).max(86_400)).min(1).max(8),
    () => [1, 10, 60, 300],
  ),
  knownScanners: of.list(
    'Addresses and networks whose scans are expected: counted apart, never suspects.',
    of.network,
  ),
  maxRecords: of.count(
    'Most (source, target, protocol, port) records held in memory; beyond it the least telling go.',
    [1024, 393_216],
    393_216,
  ),
};

export const intel = {
  asnDb: of.optional('MMDB file with autonomous systems.', of.path, {
    defaultText: 'the one that is installed with Portolan',
  }),
  countryDb: of.optional('MMDB file with countries.', of.path, {
    defaultText: 'the one that is installed with Portolan',
  }),
  greynoiseKey: of.secret('API key of GreyNoise; without it the source is `not_configured`.'),
  otxKey: of.secret('API key of AlienVault OTX; without it the source is `not_configured`.'),
  reverseNames: of.flag('Ask the name server for the names of addresses.', false),
};
