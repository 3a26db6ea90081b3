/** `portolan schedule`: scans that are run again and again. */
import { PortolanError } from '../../core/errors.ts';
import { spanOf } from '../../schedules/rule.ts';
import { EXIT } from '../exit-codes.ts';
import { ask } from '../inventory/ask.ts';
import type { SessionOptions } from '../open-session.ts';
import { print } from '../terminal.ts';

export interface ScheduleOptions extends SessionOptions {
  json?: boolean;
}

export interface TimedOptions extends ScheduleOptions {
  template?: string;
  full?: boolean;
  options?: string;
  scanner?: string;
  when?: string;
  zone?: string;
  jitter?: string;
  window?: string;
  missed?: string;
  overlap?: string;
  notify?: string;
}

export async function add(name: string, targets: readonly string[], options: TimedOptions): Promise<number> {
  return await set(options, { action: 'add', name, ...saidIn(targets, options) });
}

export async function edit(name: string, targets: readonly string[], options: TimedOptions): Promise<number> {
  return await set(options, { action: 'edit', name, ...saidIn(targets, options) });
}

export async function pause(name: string, options: ScheduleOptions & { until?: string }): Promise<number> {
  const { until } = options;
  if (until !== undefined && Number.isNaN(Date.parse(until)))
    throw new PortolanError(
      'invalid_argument',
      `--until ${until} is no moment.`,
      'Write it as 2026-12-31T00:00:00Z.',
    );
  const moment = until === undefined ? undefined : new Date(until).toISOString();
  return await set(options, { action: 'pause', name, until: moment });
}

export async function act(
  action: 'resume' | 'run' | 'remove',
  name: string,
  options: ScheduleOptions,
): Promise<number> {
  return await set(options, { action, name });
}

export async function list(options: ScheduleOptions): Promise<number> {
  return await told(options, 'list_schedules', {});
}

export async function show(name: string, options: ScheduleOptions & { runs?: string }): Promise<number> {
  return await told(options, 'list_schedules', {
    name,
    runs: options.runs === undefined ? undefined : Number(options.runs),
  });
}

function set(options: ScheduleOptions, args: Readonly<Record<string, unknown>>): Promise<number> {
  return told(options, 'set_schedule', args);
}

async function told(
  options: ScheduleOptions,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { config, db, set: settings, url, tokenEnv, json } = options;
  const session = JSON.parse(JSON.stringify({ config, db, set: settings, url, tokenEnv, json }));
  return await ask(session, tool, args, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}

/** The scan as `portolan scan` would be told it, and its times. */
function saidIn(targets: readonly string[], options: TimedOptions): Record<string, unknown> {
  const { template, full, options: nmap, scanner, jitter } = options;
  const command = nmap === undefined ? undefined : [nmap, ...targets].join(' ');
  if (command !== undefined && targets.length === 0)
    throw new PortolanError(
      'invalid_argument',
      '--options needs targets.',
      'Name them: portolan schedule … NAME TARGET.',
    );
  return {
    template,
    scan: full ? 'full_scan' : undefined,
    command,
    target: command !== undefined || targets.length === 0 ? undefined : targets,
    scanner,
    when: options.when,
    time_zone: options.zone,
    jitter_seconds: jitter === undefined ? undefined : jitter === '0' ? 0 : spanOf(jitter) / 1000,
    window: options.window,
    missed: options.missed,
    overlap: options.overlap,
    notify: options.notify,
  };
}
