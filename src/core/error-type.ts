/** Error codes in the few words that metrics and command tools use. */
import { type ErrorCode, INFRASTRUCTURE_FAULTS } from './errors.ts';

export const ERROR_TYPES = [
  'timeout',
  'not_found',
  'validation_error',
  'execution_error',
  'resource_exhausted',
  'circuit_breaker_open',
  'unknown',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

const TYPES: Partial<Record<ErrorCode, ErrorType>> = {
  command_timeout: 'timeout',
  scan_timeout: 'timeout',
  command_stuck: 'timeout',
  breaker_open: 'circuit_breaker_open',
  resource_exhausted: 'resource_exhausted',
  busy: 'resource_exhausted',
  rate_limited: 'resource_exhausted',
  draining: 'resource_exhausted',
  internal: 'unknown',
};

const NOT_FOUND = /not_found$|^no_result_yet$/;
const FAILED =
  /^(nmap_failed|nmap_too_old|no_route|needs_privileges|command_failed|command_crashed|interrupted|cancelled|scanner_unreachable|connection_lost|host_key_refused|ssh_|storage_failed|corrupt_capture)/;

/** What is left over was wrong with what was asked, or not allowed. */
export function errorTypeOf(code: ErrorCode): ErrorType {
  const known = TYPES[code];
  if (known) return known;
  if (NOT_FOUND.test(code)) return 'not_found';
  return FAILED.test(code) ? 'execution_error' : 'validation_error';
}

const NOT_NOW: ReadonlySet<ErrorCode> = new Set(['busy', 'rate_limited', 'draining', 'breaker_open']);

/** Whether a call that ended so was refused before anything was done for it. */
export function isRefusal(code: ErrorCode): boolean {
  if (INFRASTRUCTURE_FAULTS.has(code)) return false;
  const type = errorTypeOf(code);
  return type === 'validation_error' || type === 'not_found' || NOT_NOW.has(code);
}
