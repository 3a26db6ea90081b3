/**
 * Records the benign situations of benign-cases.ts with real programs and sockets in network namespaces of its own, and
 * writes test/captures/cases/NAME/{capture.pcap,expected.json,ORIGIN.md}. Needs root and the
 * Debian packages dnsmasq-base, etherwake, fping, hping3, iputils-arping, iputils-ping, iputils-tracepath,
 * isc-dhcp-server, dhcpcd-base, mtr-tiny, nftables, snmp, tcpdump, traceroute, unbound, dnsutils. Nothing leaves the
 * namespaces: they have no way out. Many are recorded side by side; all of them take a quarter of an hour, none more
 * than five minutes (its ORIGIN.md says how long).
 *
 *   node test/captures/record/benign.ts [NAME...]
 */
import path from 'node:path';
import { BENIGN } from './benign-cases.ts';
import { recordAll } from './benign-record.ts';

const wanted = process.argv.slice(2);
await recordAll(
  BENIGN.filter((one) => wanted.length === 0 || wanted.includes(one.name)),
  path.join(import.meta.dirname, '..', 'cases'),
);
