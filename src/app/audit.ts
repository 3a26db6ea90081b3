/** The audit of a configuration, with all that is around it: secrets, repeated refusals, heads noted elsewhere, health. */
import { auditSettings } from '../config/audit-file.ts';
import type { Config } from '../config/schema.ts';
import { Audit, type BrokenChain } from '../observe/audit.ts';
import { headFile, noteHeads } from '../observe/audit-heads.ts';
import type { HealthCheck } from '../observe/health.ts';
import type { Logger } from '../observe/log.ts';
import { redactFields } from '../observe/redact.ts';
import { Refusals, type Refused } from '../observe/refusals.ts';

export interface AppAudit {
  /** Writes down an event. Secrets are taken out. */
  record(kind: string, fields: Readonly<Record<string, unknown>>): void;
  /** Counts a refusal. @returns whether it is to be written down, and logged, by itself. */
  isNewRefusal(who: Refused, words: string): boolean;
  check: HealthCheck;
  /** Notes heads elsewhere from now on; a server does. */
  start(): void;
  close(): Promise<void>;
}

/** @param hide takes secrets out of a text. */
export function openAudit(config: Config, log: Logger, hide: (text: string) => string): AppAudit {
  const audit = config.logging.audit
    ? new Audit(() => auditSettings(config), {
        problem: (error) => log.error({ err: error }, 'the audit cannot be written; it is tried again'),
        broken: (what) =>
          log.error({ ...what }, 'records of the audit are gone or changed: portolan audit verify'),
      })
    : undefined;
  const record = (kind: string, fields: Readonly<Record<string, unknown>>) =>
    audit?.write(kind, redactFields(fields, hide));
  const refusals = new Refusals((sum) => record('refusals_repeated', sum));
  const { auditHeadFile, auditHeadMinutes } = config.logging;
  const heads = noteHeads({
    head: () => audit?.head,
    minutes: () => auditHeadMinutes,
    note: auditHeadFile ? headFile(auditHeadFile) : (head) => log.info({ head }, 'head of the audit'),
    onProblem: (error) => log.error({ err: error }, 'the head of the audit cannot be noted'),
  });
  return {
    record,
    isNewRefusal: (who, words) => refusals.isNew(who, words),
    check: {
      name: 'audit',
      priority: 'important',
      look: async () => {
        await audit?.look();
        return { ok: audit === undefined || (audit.well && !audit.broken), message: stateOf(audit) };
      },
    },
    start: () => heads.start(),
    async close() {
      refusals.flush();
      await audit?.flush();
      await heads.close();
    },
  };
}

function stateOf(audit: Audit | undefined): string {
  if (!audit) return 'switched off';
  if (audit.broken) return brokenWords(audit.broken);
  return audit.well ? 'written' : 'cannot be written';
}

function brokenWords({ expected, found }: BrokenChain): string {
  return `ended with record ${found.seq} where record ${expected.seq} should have been: portolan audit verify`;
}
