/**
 * When evidence counts as a scan. Every number can be set in configuration (detection) and is explained in
 * docs/detection.md. Defaults were measured on labelled captures; they count distinct endpoints and outcomes, never
 * packets a second, so a slow scan weighs as much as a fast one (after Jung, Paxson, Berger, Balakrishnan: "Fast
 * Portscan Detection Using Sequential Hypothesis Testing", 2004, and the scan policy of Zeek).
 */
import { z } from 'zod';

const count = (value: number) => z.number().int().min(1).max(1_000_000).default(value);

export const DetectionSettings = z.strictObject({
  /** SYN and connect: distinct endpoints that failed (RST, unreachable, silent, or left half open). */
  failedEndpoints: count(10),
  /** ... and at least this many times the distinct endpoints that worked. */
  failedPerSuccess: z.number().min(0).max(1000).default(2),
  /** FIN, NULL, Xmas, odd flag sets: distinct endpoints. No ordinary stack sends these. */
  stealthEndpoints: count(8),
  /** ACK and Maimon: distinct endpoints met without a handshake, answered by RST or nothing. */
  strayEndpoints: count(10),
  /** UDP: distinct endpoints without an answer of the service. */
  udpEndpoints: count(10),
  /** ICMP echo, timestamp, netmask: distinct hosts. */
  icmpHosts: count(10),
  /** ARP and neighbour discovery: distinct addresses asked for within {@link arpWindowSeconds}. */
  arpHosts: count(30),
  ndpHosts: count(20),
  arpWindowSeconds: count(60),
  /** SCTP: distinct endpoints. */
  sctpEndpoints: count(10),
  /** IP protocol scan: distinct protocol numbers on one host. */
  ipProtocols: count(10),
  /** Distributed: sources that share the ports of one host, and the ports they probed together. */
  distributedSources: count(5),
  distributedPorts: count(40),
  /** A suspect whose best window stays below this is called slow. */
  slowBelowPps: z.number().min(0).max(1_000_000).default(5),
  /** Lengths of the sliding windows in which rates are looked for, in seconds. */
  windowSeconds: z.array(z.number().min(0.1).max(86_400)).min(1).max(8).default([1, 10, 60, 300]),
  /** Addresses and networks whose scans are expected: counted apart, never reported as suspects. */
  knownScanners: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .max(1024)
    .default([]),
  /** Largest number of (source, target, protocol, port) records held; beyond it the least telling are let go. */
  maxRecords: z.number().int().min(1024).max(393_216).default(393_216),
});
export type DetectionSettings = z.infer<typeof DetectionSettings>;

export const DEFAULT_DETECTION: DetectionSettings = DetectionSettings.parse({});
