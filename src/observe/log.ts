/**
 * The log. It goes to standard error or a file, never to standard output, which belongs to MCP. Secrets are taken out
 * by name and, wherever else they turn up (an address, a foreign error), by value.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { pino as Pino } from 'pino';
import { cleanField, escapeInJson } from '../core/clean.ts';
import { currentOrigin } from '../core/origin.ts';
import { type LogFileLimits, openLogFile } from './log-file.ts';
import { HIDDEN, SECRET_NAMES, secretHider } from './redact.ts';

type Write = (...line: [fields: object, message: string] | [message: string]) => void;

export type Logger = Record<'error' | 'warn' | 'info' | 'debug', Write>;

/** The log of a process. */
export interface OpenLog extends Logger {
  /** Opens its file anew, as after a SIGHUP; does nothing without a file. */
  reopen(): void;
}

export interface LogSettings extends Partial<LogFileLimits> {
  level: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** Appended to; standard error when absent. */
  file?: string | undefined;
  format: 'text' | 'json';
}

/**
 * @param secrets values that must not appear in any line (config/secrets, secretValues), or what gives them.
 * @param write where a line goes, for tests.
 * @throws the file system's error when the file cannot be opened.
 */
export function createLogger(
  settings: LogSettings,
  secrets: readonly string[] | (() => readonly string[]) = [],
  write?: (line: string) => void,
): OpenLog {
  const { file } = settings;
  const limits = () => ({ maxMb: 0, maxDays: 0, keepFiles: 0, ...settings });
  const opened = write === undefined && file !== undefined ? openLogFile(file, limits) : undefined;
  const out = write ?? opened?.write ?? writeToTerminal;
  // Loaded with the first line: most processes of ours never log one, and a client waits for them to start.
  let pino: Pino.Logger | undefined;
  const at = (level: keyof Logger): Write => {
    return (...line) => {
      // Asked for each line: a reload may change the level.
      if (LEVELS.indexOf(level) > LEVELS.indexOf(settings.level)) return;
      const hide = hiderOf(secrets);
      const [fields, message] = line.length === 1 ? [{}, line[0]] : line;
      const origin = currentOrigin();
      try {
        pino ??= createPino(settings, hide, out);
      } catch (error) {
        // It could not be loaded: no more files may be opened, say. That must not end what wanted to tell of it.
        out(bareLine(settings.format, level, hide(message), error));
        return;
      }
      pino[level]({ ...(origin ? { correlation: origin.id } : {}), ...fields }, message);
    };
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    reopen: () => opened?.reopen(),
  };
}

/** A line without its fields. */
function bareLine(format: LogSettings['format'], level: keyof Logger, msg: string, error: unknown): string {
  const time = new Date().toISOString();
  const logError = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (format === 'json') return `${JSON.stringify({ level, time, msg, log_error: logError })}\n`;
  return `${time} ${level.padEnd(5)} ${cleanField(msg)} log_error=${logError}\n`;
}

/** With a function, what it gives counts for the next line already: a reload may bring new secrets. */
function hiderOf(secrets: readonly string[] | (() => readonly string[])): (line: string) => string {
  return typeof secrets === 'function' ? (line) => secretHider(secrets())(line) : secretHider(secrets);
}

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'];

function createPino(
  { format }: LogSettings,
  hide: (line: string) => string,
  write: (line: string) => void,
): Pino.Logger {
  const pino: typeof Pino = createRequire(import.meta.url)('pino');
  const shape = format === 'json' ? escapeInJson : asText;
  return pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
        censor: HIDDEN,
      },
    },
    { write: (line: string) => write(shape(hide(line))) },
  );
}

function writeToTerminal(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // A closed terminal must not stop a scan; there is no other place to say so.
  }
}

/** `2026-11-20T07:00:00.000Z info message name=value …`; nothing in it can move a terminal's cursor. */
function asText(line: string): string {
  const { time, level, msg, ...rest }: Record<string, unknown> = JSON.parse(line);
  const fields = Object.entries(rest).map(
    ([name, value]) =>
      `${name}=${typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)}`,
  );
  return `${[time, String(level).padEnd(5), cleanField(String(msg ?? '')), ...fields.map((one) => cleanField(one, 4096))].join(' ')}\n`;
}
