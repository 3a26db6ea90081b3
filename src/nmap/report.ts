/** One report of nmap from its bytes, with what its end tells; used while nmap writes it, and for one left behind. */
import type { HostResult } from '../core/result.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import { Unsent } from './unsent.ts';
import { createXmlReader, type XmlStats } from './xml.ts';
import { createXmlDecoder } from './xml-bytes.ts';

export interface ReportEnd {
  /** It broke off: what was complete has been delivered, the last host perhaps as `partial`. */
  truncated: boolean;
  /** Why it could not be read further, when it was not merely cut. */
  problem?: string;
  nmapVersion?: string;
  stats?: XmlStats;
  /** Hosts delivered. */
  hosts: number;
}

export interface Report {
  readonly coverage: Coverage;
  readonly unsent: Unsent;
  write(bytes: Uint8Array): void;
  end(): ReportEnd;
}

export function createReport(onHost: (host: HostResult) => void): Report {
  const coverage = createCoverage();
  const unsent = new Unsent();
  const decoder = createXmlDecoder();
  let nmapVersion: string | undefined;
  let stats: XmlStats | undefined;
  let hosts = 0;
  const reader = createXmlReader({
    run: ({ version }) => {
      nmapVersion = version;
    },
    host: (host, facts) => {
      hosts += 1;
      coverage.host(host, facts);
      onHost(host);
    },
    skipped: ({ specification, reason }) => unsent.skippedByNmap(specification, reason),
    stats: (found) => {
      stats = found;
    },
  });
  return {
    coverage,
    unsent,
    write: (bytes) => reader.write(decoder.decode(bytes)),
    end() {
      reader.write(decoder.end());
      return {
        ...reader.end(),
        hosts,
        ...(nmapVersion ? { nmapVersion } : {}),
        ...(stats ? { stats } : {}),
      };
    },
  };
}
