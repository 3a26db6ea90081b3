/**
 * Writes docs/detection.md: how scans are told from ordinary traffic, every setting with its default, and the scores
 * measured on the labelled captures that are there (our own cases, and the shared ones when present).
 *
 *   node bench/captures/detection-page.ts
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_DETECTION, type DetectionSettings } from '../../src/captures/analysis.ts';
import { LINK_NAMES } from '../../src/captures/decode/link.ts';
import { haveShared, ownCases, sharedLab } from '../../test/captures/support.ts';
import { type Scores, score } from './score.ts';

/** What each setting means and where its default comes from. A setting without a line does not compile. */
const MEANING: Record<keyof DetectionSettings, string> = {
  failedEndpoints:
    'SYN and connect: distinct (target, port) pairs that refused, stayed silent or were left half open. Zeek asks for 15 ports of a host or 25 hosts of a port.',
  failedPerSuccess:
    'and at least so many for each distinct endpoint that worked. The idea of sequential hypothesis testing (Jung et al. 2004): scanners mostly fail, clients mostly succeed.',
  stealthEndpoints:
    'FIN, NULL, Xmas and odd flag sets. No ordinary stack sends them; OS detection sends up to seven.',
  strayEndpoints: 'ACK and FIN/ACK that belong to no connection seen and were answered by RST or nothing.',
  udpEndpoints: 'UDP endpoints without an answer of the service; higher, since UDP clients fail more often.',
  icmpHosts:
    'Hosts asked by ICMP echo (few answers, or 64 hosts), timestamp or netmask, at most four times each.',
  arpHosts: 'Addresses asked for by ARP, with at least a fifth of them silent.',
  ndpHosts: 'The same for IPv6 neighbour solicitations.',
  arpWindowSeconds: 'within this time: a router asks for as many, but all day.',
  sctpEndpoints: 'SCTP endpoints that did not answer as open.',
  ipProtocols: 'Distinct IP protocol numbers on one host; ESP, IGMP, GRE and the like are a few.',
  distributedSources: 'Sources that each tried three or more ports of one host, mostly different ones,',
  distributedPorts: 'and so many ports together. Floods with forged sources try one or two ports each.',
  slowBelowPps: 'A suspect is called slow when even its best window has fewer new endpoints a second.',
  windowSeconds: 'Lengths of the sliding windows in which rates are looked for, in seconds.',
  knownScanners: 'Addresses and networks whose scans are expected; they are counted apart.',
  maxRecords: 'Largest evidence table, in (source, target, protocol, port) records of 64 bytes.',
};

function settingsTable(): string {
  const rows = (Object.keys(MEANING) as (keyof DetectionSettings)[]).map(
    (name) => `| \`${name}\` | ${JSON.stringify(DEFAULT_DETECTION[name])} | ${MEANING[name]} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function scoreTable(scores: Scores): string {
  const rows = scores.rows.map(
    (row) => `| ${row.technique} | ${row.events} | ${row.found} | ${row.tenPorts} | ${row.synCount} |`,
  );
  const total = (pick: 'events' | 'found' | 'tenPorts' | 'synCount') =>
    scores.rows.reduce((sum, row) => sum + row[pick], 0);
  const sources = (rule: keyof Scores['precision']) => {
    const { right, wrong } = scores.precision[rule];
    return `${right} of ${right + wrong}`;
  };
  return [
    '| technique | labelled | Portolan (technique and pattern) | ten ports in a minute | SYN count |',
    '|---|---|---|---|---|',
    ...rows,
    `| **all (recall)** | ${total('events')} | ${total('found')} | ${total('tenPorts')} | ${total('synCount')} |`,
    `| **named addresses that scanned (precision)** | | ${sources('portolan')} | ${sources('tenPorts')} | ${sources('synCount')} |`,
  ].join('\n');
}

/** `raw IP (12, 14, 101)`: each name once, with the link types it stands for. */
function linkTypes(): string {
  const byName = new Map<string, string[]>();
  for (const [type, name] of Object.entries(LINK_NAMES))
    byName.set(name, [...(byName.get(name) ?? []), type]);
  return [...byName].map(([name, types]) => `${name} (${types.join(', ')})`).join(' · ');
}

const own = scoreTable(await score(ownCases()));
const shared = haveShared ? scoreTable(await score(sharedLab())) : undefined;

const page = `# How scans are detected

<!-- Written by \`node bench/captures/detection-page.ts\`; change that file, not this one. -->

Portolan reads a capture once and keeps one record for each (source, target, protocol, port): when it was first and
last probed, how often, with which flags, and what came back. Verdicts are made at the end, for each source and
technique, on **distinct endpoints and their outcomes**. No rule asks for a rate, so a slow scan is found like a fast
one; rates are reported, in the best of several sliding windows.

## What is read

Every packet is opened down to the innermost IP or ARP: that is who scans whom, whatever carries it.

**Link types** (LINKTYPE numbers): ${linkTypes()}.

**Inside a link**: VLAN tags (802.1Q, 802.1ad, 0x9100 to 0x9300), Cisco ISL, CMD (security group tags), FabricPath, VN-Tag,
E-Tag (802.1BR), provider backbone bridging (802.1ah), TRILL with fine-grained labels, HSR (a PRP trailer does no harm),
MACsec that protects integrity only, NSH with metadata of either type, time stamps of Arista, tags of Marvell and Broadcom
switches, MPLS down to IP or to an Ethernet pseudowire with a control word or without, PPPoE, PPP with bridging and
multilink (where a fragment is the whole packet), 802.2 with IP or SNAP, 802.11 that is not encrypted (of an aggregate the
first packet).

**Tunnels**: IPv4 and IPv6 in each other, GRE (source routes, PPTP, NVGRE, ERSPAN I to III, EoIP, WCCP, NSH, CMD, Aruba's
802.11), EtherIP, Ethernet and MPLS in IP, PIM registers, authentication headers, L2TPv3 (cookie and sublayer are found by
what fits), and over UDP, to or from their ports: VXLAN (4789, 8472) with group policy, VXLAN-GPE (4790), Geneve (6081),
GTP-U (2152), L2TP (1701), Teredo (3544), CAPWAP data (5247), MPLS (6635), LISP (4341), TZSP (37008). Four tunnels inside
each other are followed, and 24 headers in each. From a tunnel's port, packets to more than four ports of a host are
taken for what they are: datagrams to those ports.

**What is not opened is counted by its reason** and said in every answer: link types and EtherTypes that are not known,
encryption (MACsec, 802.11, ESP), compression, packets cut within their headers, damage. What was read and has nothing to
tell is not counted: announcements, later fragments, spanning trees, discovery and routing protocols. When most of a
capture was not opened, the answer does not say that nobody scanned.

## What counts as what

- **Failed**: RST, ICMP unreachable, silence, or a handshake that the source left half open. **Worked**: a completed
  handshake, data, or an answer of the service. A source that retries a dead service a thousand times failed once.
- **SYN or connect**: by what follows an open port (half open, or a whole handshake); where no port was open, by the
  options of the SYN (MSS alone or none: a raw tool; window scaling, SACK, timestamps: an ordinary stack).
- **ACK** and FIN/ACK (Maimon) probes are those without a connection: no handshake seen, no data, never acknowledged,
  answered by RST or nothing. A Window scan sends the same bytes as an ACK scan: it is reported as \`ack\`, with
  \`same_on_the_wire: ["window"]\`.
- **Open**, **closed**, **filtered** follow nmap's manual for each technique. ICMP errors are matched to the probe they
  quote and never counted as traffic of their own.
- **Fragments**: the first 24 bytes of a TCP header are put together from tiny fragments (\`nmap -f\`).
- **Pattern**: \`vertical\` (ports of one host), \`horizontal\` (up to four ports of many hosts), \`block\` (many of both),
  \`distributed\` (several sources share one host's ports). Sweeps (ICMP, ARP, neighbour discovery, nmap's host
  discovery) have kind \`sweep\`. A target or a port can qualify by itself, so a client that is busy elsewhere still shows.
- **Idle scan**: probes from one port of a host which another host asks, by unsolicited SYN/ACK, for its IP ids. The
  asker is reported as the scanner, the other as the zombie.
- **Decoys**: three or more sources with the same probes at the same time. When only one of them resets what answered,
  that one is called the scanner.

## What is not called a scan

SYN floods (many sources, one port each), backscatter (SYN-ACK and RST without a probe), peer-to-peer fan-out (many
hosts and many ports, about one of each), UDP answers from well-known ports whose question was not captured, UDP
traceroute (ports 33434-33600, or answered by time exceeded), services that are down and retried, health checks that
leave handshakes half open again and again, monitoring (the same hosts again and again), path MTU discovery, gratuitous
ARP, duplicate address detection, and address resolution on behalf of a scan (by the scanner or by a router).

## Settings

${settingsTable()}

## Tools

| tool | mark |
|---|---|
| nmap | window 1024, 2048, 3072 or 4096, no option but MSS, DF off; or a TTL drawn anew for each probe (37-59); or headers cut into 8 bytes |
| masscan | IP id = destination ^ port ^ sequence number (lower 16 bits); UDP and SCTP: TTL from 255, one source port |
| zmap | IP id 54321 |
| unicornscan | sequence number ^ destination ^ ports is constant |
| hping3 | window 512 and no options; UDP: empty datagrams from source ports that count up |
| fping | ICMP sequence numbers that count up from host to host |
| Mirai | sequence number = destination address |

A connect scan is sent by the operating system and carries no mark.

## Bounds

The table holds at most \`maxRecords\` records (32 MiB), IPv6 addresses are numbered in a book of 262,144. When the table is
full, records go in this order: sources seen once, then twice (forged sources, backscatter); connections that worked;
silent and refused endpoints of the largest sources by lot, never open ones. The report then says so under
\`approximated\`, and counts are lower bounds. Where the snap length cut the TCP flags off, opening SYNs and their answers
are inferred from lengths and order, and the report says that too.

## Measured

"Ten ports in a minute" names a source that sends to ten ports of one host within sixty seconds; "SYN count" one that
sends a hundred SYNs. For Portolan, found means the right address, technique and pattern; for the two rules it is enough
that the address is named.

Our own cases (\`test/captures/cases\`, recorded by \`test/captures/record\`):

${own}
${shared === undefined ? '' : `\nDevelopment captures (43 captures with nmap, masscan, zmap, hping3 and benign load, not part of this repository):\n\n${shared}\n`}`;

writeFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'detection.md'), page);
console.log(`${own}\n\n${shared ?? 'the shared captures are absent'}`);
