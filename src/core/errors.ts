/**
 * The one error shape of Portolan. Inside, it is thrown; at the border (tools/call/call-tool, the command line) it becomes
 * the value `{ code, message, limit?, next }`.
 */

import { cleanField } from './clean.ts';

/** Every code a caller can meet. Pinned by test/contract: a code is part of the public surface. */
export const ERROR_CODES = [
  // what was asked
  'invalid_argument',
  'invalid_target',
  'invalid_ports',
  'invalid_option',
  'name_not_resolved',
  // what may be done
  'out_of_scope',
  'too_many_addresses',
  'too_many_ports',
  'option_not_allowed',
  'script_not_allowed',
  'needs_intrusive',
  'needs_evasion',
  'needs_privileges',
  'needs_approval',
  'unauthorized',
  'forbidden',
  // what exists
  'task_not_found',
  'tool_not_found',
  'no_result_yet',
  'asset_not_found',
  'change_not_found',
  'schedule_not_found',
  'alert_not_found',
  'alert_not_sent',
  // what the machine can do
  'nmap_not_found',
  'nmap_too_old',
  'nmap_failed',
  'no_route',
  'scan_timeout',
  'interrupted',
  'cancelled',
  // command tools
  'command_not_found',
  'command_timeout',
  'command_stuck',
  'command_failed',
  'command_crashed',
  // a scanner over SSH, step by step
  'scanner_not_found',
  'scanner_not_allowed',
  'scanner_unreachable',
  'host_key_refused',
  'ssh_auth_failed',
  'ssh_failed',
  'connection_lost',
  // a server that the command line calls
  'server_unreachable',
  'busy',
  'rate_limited',
  'tool_disabled',
  'breaker_open',
  'draining',
  'resource_exhausted',
  'storage_failed',
  'invalid_config',
  'internal',
  // captures
  'path_outside_allowed_dir',
  'unsupported_file_type',
  'file_too_large',
  'file_not_found',
  'corrupt_capture',
  'invalid_ip',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The error as callers see it: what happened, the limit that was hit if any, and what to do next. */
export interface ErrorValue {
  code: ErrorCode;
  message: string;
  /** The limit that was hit, in words: `at most 1024 addresses a scan`. */
  limit?: string;
  /** One sentence: what would be accepted, or the command or setting that mends it. */
  next: string;
  /** Seconds after which the same call may succeed (busy, rate_limited, breaker_open, draining). */
  retry_after_seconds?: number;
  /** By which the operator finds it in the log and the audit. */
  correlation_id?: string;
}

/** Longest message; what repeats a caller's words must not be as long as they are. */
const MOST_WORDS = 8192;

/**
 * Thrown for every failure that a caller should understand. Anything else that is thrown is a defect of ours. Its words may
 * repeat those of a caller, so they are made safe to print here, for the terminal, every transport, the log and the audit.
 */
export class PortolanError extends Error {
  readonly code: ErrorCode;
  readonly limit: string | undefined;
  readonly next: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    next: string,
    more: {
      limit?: string | undefined;
      retryAfterSeconds?: number | undefined;
      /** More of the message, each on a line of its own. In one piece a line break could be a caller's. */
      lines?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    const words = [message, ...(more.lines ?? [])].map(clean).join('\n');
    super(words, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'PortolanError';
    this.code = code;
    this.next = clean(next);
    this.limit = more.limit === undefined ? undefined : clean(more.limit);
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  toValue(): ErrorValue {
    return {
      code: this.code,
      message: this.message,
      ...(this.limit === undefined ? {} : { limit: this.limit }),
      next: this.next,
      ...(this.retryAfterSeconds === undefined ? {} : { retry_after_seconds: this.retryAfterSeconds }),
    };
  }
}

const clean = (words: string) => cleanField(words, MOST_WORDS);

/** Several refusals of one request as one: the code and limit of the first, the words of all. */
export function joinErrors(first: PortolanError, others: readonly PortolanError[]): PortolanError {
  if (others.length === 0) return first;
  const all = [first, ...others];
  return new PortolanError(
    first.code,
    [...new Set(all.map(({ message }) => message))].join(' '),
    [...new Set(all.map(({ next }) => next))].join(' '),
    { limit: first.limit },
  );
}

/**
 * Failures of this machine, its disk or its connections: what a circuit breaker counts. Whatever a caller can cause by
 * what is asked for is not among them (`no_route`, `command_failed`). Nor are those of scanners elsewhere: each has a breaker of its own, and one that
 * is down must not stop the others.
 */
export const INFRASTRUCTURE_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'nmap_not_found',
  'nmap_failed',
  'command_not_found',
  'command_stuck',
  'command_crashed',
  'interrupted',
  'resource_exhausted',
  'storage_failed',
  'internal',
]);
