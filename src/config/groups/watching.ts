/** Settings: what watches over a server: circuit breakers, health, metrics, log and audit. */
import { z } from 'zod';
import * as of from '../setting-types.ts';

export const circuitBreaker = {
  failureThreshold: of.count(
    'Faults in a row after which a tool or scanner is left alone. Only faults of this machine or its connections count.',
    [1, 1000],
    5,
  ),
  recoverySeconds: of.amount(
    'Seconds until one call is let through to try; doubled after each failed try, up to a quarter more by chance.',
    [0.1, 86_400],
    60,
  ),
  maxRecoverySeconds: of.amount('The longest such pause.', [0.1, 86_400], 900),
  halfOpenSuccesses: of.count('Tries in a row that must go well before all calls pass again.', [1, 100], 1),
};

export const health = {
  intervalSeconds: of.amount('Seconds between two looks at the health.', [1, 3600], 30),
  staleAfterSeconds: of.amount(
    'A look older than this does not count; a new one is taken or, where that cannot be had, the server is unhealthy.',
    [1, 86_400],
    60,
  ),
  cpuPercent: of.amount(
    'Use of all processors of the machine from which on the server is degraded; it goes on serving.',
    [1, 101],
    95,
  ),
  memoryPercent: of.amount(
    'The same for memory: of the machine, or of the container where that has a limit.',
    [1, 101],
    95,
  ),
  diskPercent: of.amount('The same for the disk of the database.', [1, 101], 95),
};

export const metrics = {
  enabled: of.flag('Serve metrics for Prometheus (`/metrics`).', true),
  port: of.optional(
    'Serve them on this port too, without a token: for Prometheus alone.',
    () => z.int().min(0).max(65_535),
    { defaultText: 'none: `/metrics` of the server needs a token as everything else does' },
  ),
  host: of.setting('Address of that port.', of.text, () => '127.0.0.1'),
  tracesEndpoint: of.optional(
    'Where traces are sent (OTLP over HTTP), such as `http://127.0.0.1:4318/v1/traces`.',
    of.webAddress,
    { defaultText: 'none: there are no traces' },
  ),
};

export const logging = {
  level: of.choice(
    'How much is logged. Never to standard output: that belongs to MCP.',
    ['silent', 'error', 'warn', 'info', 'debug'],
    'info',
  ),
  file: of.optional('File the log is appended to.', of.path, { defaultText: 'standard error' }),
  maxMb: of.amount(
    'A log file larger than this, in MiB, is put aside under the time and a new one begun; 0 never.',
    [0, 102_400],
    64,
  ),
  maxDays: of.amount('The same for one older than so many days; 0 never.', [0, 36_500], 30),
  keepFiles: of.count('Log files put aside that are kept; older ones are deleted.', [0, 10_000], 10),
  access: of.flag(
    'Log each HTTP request: who asked for what, from where, how it was answered (at `info`; probes at `debug`).',
    true,
  ),
  format: of.choice('One line of text, or one JSON object, per event.', ['text', 'json'], 'text'),
  audit: of.flag('Keep an audit: who asked for what, what was refused and why, what ran.', true),
  auditFile: of.optional('File of the audit.', of.path, { defaultText: 'audit.jsonl beside the database' }),
  auditMaxMb: of.amount(
    'An audit file larger than this, in MiB, is put aside and a new one begun; 0 never.',
    [0, 102_400],
    64,
  ),
  auditKeepFiles: of.count(
    'Audit files put aside that are kept; older ones are deleted, and the audit says which. 0 keeps all.',
    [0, 100_000],
    32,
  ),
  auditKeepDays: of.amount(
    'The same for those so many days older than the newest one put aside; 0 sets no limit.',
    [0, 36_500],
    0,
  ),
  auditHeadMinutes: of.amount(
    'How often the number and hash of the last record are noted elsewhere, when there are new ones, and at the end; 0 never.',
    [0, 10_080],
    60,
  ),
  auditHeadFile: of.optional(
    'File they are appended to, on another disk or machine; `audit verify` compares them.',
    of.path,
    { defaultText: 'the log, at `info`' },
  ),
};
