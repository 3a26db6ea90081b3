/** One report of nmap from its bytes, with what its end tells; used while nmap writes it, and for one left behind. */
import type { RunFacts } from '../../core/details.ts';
import type { HostResult } from '../../core/result.ts';
import { type Coverage, createCoverage } from '../coverage/coverage.ts';
import { Unsent } from '../coverage/unsent.ts';
import { createXmlDecoder } from './bytes.ts';
import { createXmlReader, type XmlStats } from './parse.ts';
import { createRunFacts } from './run-facts.ts';

export interface ReportEnd {
  /** It broke off: what was complete has been delivered, the last host perhaps as `partial`. */
  truncated: boolean;
  /** Why it could not be read further, when it was not merely cut. */
  problem?: string;
  nmapVersion?: string;
  stats?: XmlStats;
  /** Hosts delivered. */
  hosts: number;
  run: RunFacts;
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
  const facts = createRunFacts();
  const reader = createXmlReader({
    ...facts.listener,
    run: (run) => {
      nmapVersion = run.version;
      facts.listener.run(run);
    },
    host: (host, said) => {
      hosts += 1;
      coverage.host(host, { ...said, connect: facts.facts().asked.some(({ type }) => type === 'connect') });
      onHost(host);
    },
    skipped: (target) => {
      unsent.skippedByNmap(target.specification, target.reason);
      facts.listener.skipped(target);
    },
    stats: (found) => {
      stats = found;
      facts.listener.stats(found);
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
        run: facts.facts(),
        ...(nmapVersion ? { nmapVersion } : {}),
        ...(stats ? { stats } : {}),
      };
    },
  };
}
