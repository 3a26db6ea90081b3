/**
 * Writes docs/detection.md: how scans are told from ordinary traffic, every setting with its default, and the scores
 * measured on the captures that are there (our own cases, and the shared ones when present).
 *
 *   node bench/captures/detection-page.ts
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DetectionSettings } from '../../src/captures/analysis.ts';
import { LINK_NAMES } from '../../src/captures/decode/link.ts';
import { CASES, haveShared, ownCases, sharedLab } from '../../test/captures/support.ts';
import { DEFAULT_DETECTION } from '../../test/defaults.ts';
import { readPublic } from './public.ts';
import { score } from './score.ts';
import { benignTable, summary, techniqueTable } from './score-tables.ts';
import { scoreTrials } from './trials.ts';

/** What each setting means and where its default comes from. A setting without a line does not compile. */
const MEANING: Record<keyof DetectionSettings, string> = {
  failedEndpoints:
    'SYN and connect: distinct (target, port) pairs that refused, stayed silent or were left half open; of one host, with those that worked. Ten is the `min_ports` of list_suspects; Zeek asks for 15 ports of a host or 25 hosts of a port.',
  failedPerSuccess:
    'and at least so many for each distinct endpoint that worked. The idea of sequential hypothesis testing (Jung et al. 2004): scanners mostly fail, clients mostly succeed.',
  stealthEndpoints:
    'FIN, NULL, Xmas and odd flag sets. No ordinary stack sends them; OS detection sends up to seven.',
  strayEndpoints:
    'ACK, FIN/ACK and SYN/ACK that belong to no connection seen and were answered by RST or nothing.',
  udpEndpoints: 'UDP endpoints without an answer of the service.',
  icmpHosts:
    'Hosts asked by ICMP echo (few answers, in order, or 64 hosts), timestamp, netmask, or one IP protocol, each once.',
  arpHosts:
    'Addresses asked for by ARP, each once: in the order of their addresses, or filling a range, or at once.',
  ndpHosts: 'The same for IPv6 neighbour solicitations.',
  arpWindowSeconds: 'What at once means, but never more than 10: a router asks for as many, but all day.',
  sctpEndpoints: 'SCTP endpoints that did not answer as open.',
  ipProtocols: 'Distinct IP protocol numbers on one host; ESP, IGMP, GRE and the like are a few.',
  distributedSources:
    'Sources that share the ports of one host, or one port of a range of hosts, mostly each taking others,',
  distributedPorts: 'and so many ports, or hosts, together. Floods with forged sources repeat a few ports.',
  slowBelowPps: 'A suspect is called slow when even its best window has fewer new endpoints a second.',
  windowSeconds: 'Lengths of the sliding windows in which rates are looked for, in seconds.',
  knownScanners: 'Addresses and networks whose scans are expected; they are counted apart.',
  maxRecords: 'Largest evidence table, in records of 64 bytes, one for each endpoint and technique.',
};

function settingsTable(): string {
  const rows = (Object.keys(MEANING) as (keyof DetectionSettings)[]).map(
    (name) => `| \`${name}\` | ${JSON.stringify(DEFAULT_DETECTION[name])} | ${MEANING[name]} |`,
  );
  return ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

const OWN = ownCases();
const startsWith = (prefix: string) => OWN.filter(({ name }) => name.startsWith(prefix));
const scans = await score(OWN.filter(({ name }) => !/^(benign|mixed)-/.test(name)));
const benign = await score(startsWith('benign-'));
const mixed = await score(startsWith('mixed-'));
const lab = haveShared ? await score(sharedLab()) : undefined;
const trials = await scoreTrials();
const others = await readPublic();

/** The first paragraph of the ORIGIN.md of a case. */
function origin(name: string): string {
  const text = readFileSync(path.join(CASES, name, 'ORIGIN.md'), 'utf8');
  return text.split('\n\n')[1]?.replaceAll(/\s+/g, ' ').trim() ?? '';
}

const labPart =
  lab === undefined
    ? ''
    : `
### Development captures

Not part of this repository: ${lab.captures.length} captures of nmap, masscan, zmap, hping3 and benign load in a laboratory. We tuned on them.

${techniqueTable(lab)}
`;

const trialsPart =
  trials === undefined
    ? ''
    : `
### Trials

Not part of this repository: small captures that somebody else made to go wrong, each with what is right. We knew them while we
worked, so they say what was mended, not how often the next one goes wrong.

| kind | what is in it | right | not right (what was said) |
|---|---|---|---|
${trials.map(({ kind, what, right, of, wrong }) => `| ${kind} | ${what} | ${right} of ${of} | ${wrong.join(', ')} |`).join('\n')}
`;

const publicPart =
  others === undefined
    ? ''
    : `
### Public captures

Not part of this repository: ${others.captures} captures from the test suites of Zeek, tcpdump, libpcap and pcapng-test-generator, most
of a few packets and many malformed on purpose (${others.refused} are refused as no captures). Nobody has labelled the scans in them, so
they give no recall. Every address that is named in them is looked at by hand:

| capture | named | judged |
|---|---|---|
${others.named.map(({ file, who, verdict }) => `| ${file} | ${who} | ${verdict} |`).join('\n')}
`;

/** `raw IP (12, 14, 101)`: each name once, with the link types it stands for. */
function linkTypes(): string {
  const byName = new Map<string, string[]>();
  for (const [type, name] of Object.entries(LINK_NAMES))
    byName.set(name, [...(byName.get(name) ?? []), type]);
  return [...byName].map(([name, types]) => `${name} (${types.join(', ')})`).join(' · ');
}

const page = `# How scans are detected

<!-- Written by \`node bench/captures/detection-page.ts\`; change that file, not this one. -->

Portolan reads a capture once. Each packet belongs to a **flow** (its four addresses and ports), so a packet is an answer
only to what was sent from the very port it goes to; each flow probes an **endpoint**, of which there is one record for each
(source, target, port) and *technique*: when it was first and last probed, how often, after which pauses, with what shape,
and what came back. Verdicts are made at the end, for each source and technique, on **distinct endpoints and their
outcomes**. No rule asks for a rate, so a slow scan is found like a fast one.

## What is read

Every packet is opened down to the innermost IP or ARP: that is who scans whom, whatever carries it.

**Link types** (LINKTYPE numbers): ${linkTypes()}.

**Inside a link**: VLAN tags (802.1Q, 802.1ad, 0x9100 to 0x9300), Cisco ISL, CMD (security group tags), FabricPath, VN-Tag,
E-Tag (802.1BR), provider backbone bridging (802.1ah), TRILL with fine-grained labels, HSR (a PRP trailer does no harm),
B.A.T.M.A.N. advanced (of a fragmented packet the head), MACsec that protects integrity only, NSH with metadata of either type, time stamps of Arista, tags of Marvell and Broadcom
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
  handshake, data, or an answer of the service. Each target and each port is judged by its own failures, so a client that is
  busy elsewhere still shows.
- **SYN or connect**: by the options of the SYN (MSS alone or none: a raw tool; window scaling, SACK, timestamps: an ordinary
  stack); where the snap length cut those off, by what follows an open port. A port that was visited before by an ordinary
  connection is probed anew by a raw SYN.
- **ACK** and FIN/ACK (Maimon) probes are those without a connection: no handshake seen, no data, never acknowledged,
  answered by RST or nothing. A Window scan sends the same bytes as an ACK scan: it is reported as \`ack\`, with
  \`same_on_the_wire: ["window"]\`.
- **Open**, **closed**, **filtered** follow nmap's manual for each technique. ICMP errors are matched to the probe they
  quote and never counted as traffic of their own.
- **Fragments**: the first 24 bytes of a TCP header are put together from tiny fragments (\`nmap -f\`).
- **Everything open**: thirty ports of one host, ten of them below 1024 or none of them used for anything, are a scan even if
  all of them answer (honeypots, SYN proxies).
- **Sweeps** are weighed over the whole file: hosts asked once each, in the order of their addresses or filling a range, speak
  for one; hosts asked again and again speak against.
- **Campaigns** of one scan are told apart by pauses of ten minutes and more, with the times of each.
- **Twice**: a frame that was captured twice within 20 ms (same IP id, same sequence number) is one probe. A scan seen before
  and after address translation is one finding that names both addresses. Where two taps were merged, answers may stand up to
  a second before their probes.
- **Pattern**: \`vertical\` (ports of one host), \`horizontal\` (up to four ports of many hosts), \`block\` (many of both),
  \`distributed\` (several sources share one host's ports). Sweeps (ICMP, ARP, neighbour discovery, nmap's host
  discovery) have kind \`sweep\`. A target or a port can qualify by itself, so a client that is busy elsewhere still shows.
- **Idle scan**: probes from one port of a host which another host asks, by unsolicited SYN/ACK, for its IP ids. The
  asker is reported as the scanner, the other as the zombie.
- **Decoys**: three or more sources with the same probes at the same time. When only one of them resets what answered,
  that one is called the scanner.

## What is not called a scan

Reasons *against* are evidence too. An endpoint that failed counts for nothing, and the suspect's \`reasons\` say how many were
left out, when

- it was asked again and again: several attempts over seconds to minutes, as monitoring, health checks and retries do. Ports
  of one host must be asked in one visit more than hosts of one port, and raw probes without an answer may be repeated (nmap
  does so up to eleven times);
- it was one side of a conversation (many datagrams of one flow), or the whole capture shows one direction only, so that the
  silence of UDP says nothing;
- it belongs to a connection older than the capture: data, timestamps, or a segment from a service to the port of a client;
- it answers a question that was not captured (UDP from a service with something in it; DHCP);
- a DNS answer in the capture had named its address, and its service is one that is called by name (web, mail, DNS, calls);
- its probe is a traceroute's (a TTL no system starts with, or answered by time exceeded), a Wake-on-LAN datagram, one to a
  service that never answers (syslog, NetFlow, StatsD), a QUIC attempt beside TCP, or ident or NetBIOS asked back of a visitor.

One port of scattered addresses (hardly two in one /24 or /64) is weighed by what the port stands for: of services called by
name, a hundred must fail, and no number of IPv6 addresses suffices; of an unusual port, peers that answer (one of 150) make it
a list of peers. A client most of whose endpoints are at unusual ports, one or two a host, is one of a peer-to-peer network; its
other ports are judged by themselves.

Besides: SYN floods (many sources on the same ports), backscatter (SYN-ACK and RST without a probe), path MTU discovery,
gratuitous ARP, duplicate address detection, the upkeep of a neighbour table, and address resolution for what is then used or
scanned.

### Where this is worst

A scanner that behaves as these do is missed: one that asks each host of one port several times with pauses (a poller of dead
hosts looks the same), one with an ordinary stack that tries less than a hundred scattered web or mail servers, one that
connects to less than thirty ports that all answer, a UDP sweep by ordinary sockets with payloads in a capture of one direction.
The other way round, a monitor that is seen for one round only, with two of three hosts dead or pinging a whole range in order,
is called a scan: nothing in those packets tells it from one.

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

The table holds at most \`maxRecords\` records (25 MB); flows are remembered in two generations of 65,536, IPv6 addresses are
numbered in a book of 262,144. Once a source has more than 4,096 ports of one host, or hosts of one port in a /16, what is
settled of them goes to a cell of 128 KiB (two bytes an endpoint; 256 cells at most): probes, ports and answers stay exact, and
rates are known to 32 endpoints. When the table is full all the same, records go in this order: sources seen once, then twice
(forged sources, backscatter); connections that worked; silent and refused endpoints of the largest sources by lot, never open
ones. The report then says so under \`approximated\`, and counts are lower bounds. Where the snap length cut the TCP flags off,
opening SYNs and their answers are inferred from lengths and order, and the report says that too.

## Measured

Found means the right address, technique and pattern. Named counts findings; right are those whose address did scan that
way (or is rightly called a decoy or a zombie). Recall is found / labelled, precision right / named. "Ten ports in a minute"
names a source that sends to ten ports of one host within sixty seconds; "SYN count" one that sends a hundred SYNs: for
these two it is enough that the address is named.

What the figures hold on, and what they cannot tell:

| set | captures | where it comes from | cannot tell |
|---|---|---|---|
| scans | ${scans.captures.length} | \`test/captures/cases\`: real scanners and some hosts in network namespaces, nothing else on the wire | how much is missed, or falsely named, among other traffic |
| benign suite | ${benign.captures.length} | \`benign-*\` there: ordinary programs in situations that look like scans | which situations of your network are not among them |
| mixed | ${mixed.captures.length} | \`mixed-*\` there: a scan while others work, and a scanner that does other things too | proportions: a real network has millions of sessions to a scan |
${lab === undefined ? '' : `| development | ${lab.captures.length} | a laboratory; not in this repository | anything new: we tuned on it |\n`}${trials === undefined ? '' : `| trials | ${trials.reduce((sum, { of }) => sum + of, 0)} | made by others to go wrong; not in this repository | how often other kinds go wrong |\n`}${others === undefined ? '' : `| public | ${others.captures} | test suites of other programs; not in this repository | recall: nobody labelled them |\n`}
All of these were known while the rules were written. A capture that was not will do worse than a laboratory suggests; tell us
of yours. How much a table of bounded size loses on large captures is measured by \`npm run bench:captures\` ([benchmarks.md](benchmarks.md)).

### Scans

${techniqueTable(scans)}

### Benign suite

${benignTable(benign, origin)}

### Mixed

${mixed.captures.length === 0 ? 'There are no such captures yet.' : techniqueTable(mixed)}
${labPart}${trialsPart}${publicPart}`;

writeFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'detection.md'), page);
for (const [name, set] of Object.entries({ scans, benign, mixed, lab }))
  console.log(`${name}: ${set === undefined ? 'absent' : summary(set)}`);
for (const { kind, right, of, wrong } of trials ?? [])
  console.log(
    `trials, ${kind}: ${right} of ${of} right${wrong.length === 0 ? '' : `; not: ${wrong.join(', ')}`}`,
  );
if (others !== undefined)
  console.log(`public: ${others.captures} captures, ${others.named.length} findings, see the page`);
