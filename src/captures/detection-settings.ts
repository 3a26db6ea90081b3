/**
 * When evidence counts as a scan. Every number is a setting (src/config/groups/captures.ts has the defaults and the
 * words) and is explained in docs/detection.md. The numbers count distinct endpoints and outcomes, never packets a
 * second, so a slow scan weighs as much as a fast one (after Jung, Paxson, Berger, Balakrishnan: "Fast Portscan
 * Detection Using Sequential Hypothesis Testing", 2004, and the scan policy of Zeek).
 */
export interface DetectionSettings {
  /** SYN and connect: distinct endpoints that failed (RST, unreachable, silent, or left half open). */
  failedEndpoints: number;
  /** ... and at least this many times the distinct endpoints that worked. */
  failedPerSuccess: number;
  /** FIN, NULL, Xmas, odd flag sets: distinct endpoints. No ordinary stack sends these. */
  stealthEndpoints: number;
  /** ACK and Maimon: distinct endpoints met without a handshake, answered by RST or nothing. */
  strayEndpoints: number;
  /** UDP: distinct endpoints without an answer of the service. */
  udpEndpoints: number;
  /** ICMP echo, timestamp, netmask: distinct hosts. */
  icmpHosts: number;
  /** ARP and neighbour discovery: distinct addresses asked for within {@link arpWindowSeconds}. */
  arpHosts: number;
  ndpHosts: number;
  arpWindowSeconds: number;
  /** SCTP: distinct endpoints. */
  sctpEndpoints: number;
  /** IP protocol scan: distinct protocol numbers on one host. */
  ipProtocols: number;
  /** Distributed: sources that share the ports of one host, and the ports they probed together. */
  distributedSources: number;
  distributedPorts: number;
  /** A suspect whose best window stays below this is called slow. */
  slowBelowPps: number;
  /** Lengths of the sliding windows in which rates are looked for, in seconds. */
  windowSeconds: number[];
  /** Addresses and networks whose scans are expected: counted apart, never reported as suspects. */
  knownScanners: string[];
  /** Largest number of (source, target, protocol, port) records held; beyond it the least telling are let go. */
  maxRecords: number;
}
