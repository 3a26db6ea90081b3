/**
 * A look: what one source (a scan, a capture, an imported report) asked of a network and what came back. Scans,
 * captures and importers hand it in; the inventory makes assets, changes and proof of looking of it. Strings from
 * the network in it have been through core/clean. Times are milliseconds since the epoch.
 */
import type { Protocol } from './result.ts';

/**
 * The word of one look on one port. `open` and `closed`: the host itself answered (SYN-ACK, RST, UDP answer, ICMP port
 * unreachable), that is evidence. `blocked` (another ICMP) and `silent` are the absence of it.
 */
export type PortWord = 'open' | 'closed' | 'blocked' | 'silent';

/** How strongly hosts were searched, weakest first: a miss counts only by a way as strong as the one that saw the host. */
export const DISCOVERY_WAYS = ['connect', 'ip', 'arp'] as const;
export type DiscoveryWay = (typeof DISCOVERY_WAYS)[number];

export interface Look {
  kind: 'scan' | 'capture' | 'import' | 'user';
  /** Site by name: a namespace of addresses. Nothing is merged across sites. */
  site: string;
  /** Where was it looked from: `local`, the name of a scanner, `capture:…`. Rules of a firewall differ by it. */
  vantage: string;
  /** Of the content: the same look twice is nothing. */
  hash: string;
  taskId?: string;
  startedAt: number;
  endedAt: number;
  /**
   * `full`: what it asked is known and it came to its end. `partial`: it was cut off or cancelled. `positives`: it
   * cannot tell what did not answer (traffic, --open, masscan, CSV). Of the last two only positives count.
   */
  completeness: 'full' | 'partial' | 'positives';
  discovery?: DiscoveryWay;
  /**
   * It asks again, a minute later, what another look found shut (rule R3). An answer counts as one of a look of its own,
   * silence does not count a second time.
   */
  recheck?: true;
  /** Rights were lost or nmap gave up ("too slow"): why misses of this look may be void. */
  degraded?: string;
  coverage: readonly Coverage[];
  gaps: readonly CoverageGap[];
  sightings: readonly Sighting[];
}

/** What a look can be about. */
export type Aspect = 'host' | 'port' | 'service' | 'cert' | 'hostkey' | 'os';

/** Addresses that were asked, and for what: one to six of a look. Addresses as text, both ends included. */
export interface Coverage {
  first: string;
  last: string;
  aspect: Aspect;
  /** Of ports: which, as `22,80,1000-1010`. */
  protocol?: Protocol;
  ports?: string;
  /** `syn`, `connect`, `udp`, `ack` …: how ports were asked. */
  technique?: string;
}

export type GapReason = 'withheld' | 'not_reached' | 'timeout' | 'rate_limited' | 'partial' | 'tarpit';

/**
 * An address that was not asked although it was to be, or whose answers are worth nothing, and why. Those that were not
 * reached are no part of the coverage.
 */
export interface CoverageGap {
  address: string;
  /** Of a run of addresses the last. */
  last?: string;
  aspect: Aspect;
  why: GapReason;
}

/**
 * One host as one look saw it. An address that was covered and is not sighted was silent; a port that was covered and is
 * told in no word of a sighted host was not asked of it.
 */
export interface Sighting {
  /** When it was seen; the look's end where the source does not say. */
  at: number;
  address?: string;
  /** Who says so: the host itself when asked, another machine (a router's table), or an imported file. */
  said: 'queried' | 'third_party' | 'imported';
  marks: readonly Mark[];
  ports: readonly PortSighting[];
  /** Ports that share one word, without anything else to say of them. */
  counted: readonly CountedPorts[];
  /** Of its network card, as its finder names it. */
  vendor?: string;
  os?: { family: string; name: string; accuracy: number };
  facts: readonly Fact[];
  /** It accepts everything (honeypot, SYN proxy): its ports tell nothing. */
  acceptsEverything?: boolean;
  /** Still being scanned when the look ended: only positives of it count. */
  partial?: boolean;
}

export interface CountedPorts {
  word: PortWord;
  protocol: Protocol;
  ports: string;
  /** Known is only that they are not open (nmap before 7.90 counts ports without naming them): `word` is the weakest. */
  vague?: true;
}

export type MarkType =
  | 'serial'
  | 'smbios'
  | 'cloud_id'
  | 'snmp_engine'
  | 'ssh_key'
  | 'tls_key'
  | 'mac'
  | 'name'
  | 'ptr'
  | 'asked_name'
  | 'cert_name';

/** Something that may tell a host from others. `detail` says which of its kind: `ed25519`, `smb`, `mdns`, `sha256`. */
export interface Mark {
  type: MarkType;
  value: string;
  detail?: string;
}

export interface PortSighting {
  port: number;
  protocol: Protocol;
  word: PortWord;
  /** nmap's own: `syn-ack`, `reset`, `no-response`. */
  reason?: string;
  service?: ServiceSighting;
}

export interface ServiceSighting {
  name?: string;
  product?: string;
  version?: string;
  tunnel?: string;
  cpe?: readonly string[];
  /** `table` = guessed from the port number. */
  method: 'table' | 'probed';
  /** nmap's confidence, 0-10. */
  confidence: number;
}

/** A thing a service or a host says of itself that is compared as a whole. */
export type Fact =
  | {
      type: 'cert';
      port: number;
      protocol: Protocol;
      /** SHA-256 of the certificate, hexadecimal; where only another is known, that with its name before a colon. */
      fingerprint: string;
      subject?: string;
      issuer?: string;
      names?: readonly string[];
      notBefore?: number;
      notAfter?: number;
      /** SHA-256 of the public key (SPKI), hexadecimal. */
      key?: string;
      selfSigned?: boolean;
    }
  | { type: 'hostkey'; port: number; protocol: Protocol; keyType: string; fingerprint: string; bits?: number }
  | { type: 'smb' | 'smb_dialects' | 'snmp' | 'title'; port: number; protocol: Protocol; text: string };
