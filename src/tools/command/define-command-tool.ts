/**
 * A tool that is one program of this machine and a table: which flags a caller may give, with which values, how long it
 * may take, how many run at a time, and how its output is read.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { z } from 'zod';
import type { Scope } from '../../core/caller.ts';
import { cleanField } from '../../core/clean.ts';
import { type ErrorValue, PortolanError } from '../../core/errors.ts';
import type { ScanRequest } from '../../core/request.ts';
import type { CommandAsked, CommandOutcome } from '../../scans/commands.ts';
import { describeError } from '../call/call-tool.ts';
import type { AnyTool, ToolAnnotations, ToolAnswer, ToolContext } from '../call/define-tool.ts';
import { readArguments } from './arguments.ts';
import type { FlagTable } from './grammar.ts';
import { CommandResult, failureFields, refusal } from './result.ts';

export interface CommandTool {
  /** Letters, digits, `_` and `-`. */
  name: string;
  title: string;
  /** For a model that must choose: what it gives, and when. The flags are added to it. */
  description: string;
  /** The program: a name that is looked for in the system's folders, or an absolute path. */
  command: string;
  /** The package it comes in, for the message when it is missing. */
  package?: string;
  flags: FlagTable;
  /** Values of flags that a caller leaves out. */
  defaults?: Readonly<Record<string, string>>;
  /** Options that are always given, first. */
  fixed?: readonly string[];
  /** How the program takes its target; `-- ADDRESS` when absent. */
  target?: (address: string, family: 4 | 6) => readonly string[];
  timeout?: { seconds: number; most: number };
  /** Runs at the same time; tools.concurrency when absent. */
  concurrency?: number;
  /** Exit statuses that mean an answer; `[0]` when absent. */
  answers?: readonly number[];
  /** What is read out of the output, into metadata. */
  parse?: (stdout: string) => Record<string, unknown>;
  /** `scan:run` when absent. */
  scope?: Scope;
  annotations?: Partial<ToolAnnotations>;
}

export type CommandInput = z.output<typeof CommandInput>;
export const CommandInput = z.strictObject({
  target: z
    .string()
    .min(1)
    .max(512)
    .describe('An IPv4 or IPv6 address or a host name, in the scope that the operator set.'),
  extra_args: z
    .string()
    .max(65_536)
    .default('')
    .describe('Flags and their values, separated by spaces; only those that the description lists.'),
  timeout_sec: z
    .number()
    .positive()
    .max(3600)
    .optional()
    .describe('Seconds after which the command is ended; what it had printed until then is kept.'),
  correlation_id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,128}$/)
    .optional()
    .describe('An id of your own, given back in the answer; up to 128 letters, digits and . _ : -'),
});

/** A tool of the table-driven kind. It is offered over REST and the command line, and to MCP clients where asked for. */
export function defineCommandTool(tool: CommandTool): AnyTool {
  return commandTool({
    ...tool,
    program: { name: tool.command, package: tool.package },
    description: `${tool.description} ${flagWords(tool.flags, tool.defaults)}`,
    input: CommandInput,
    run: async ({ target, extra_args }, { commands }, asked) =>
      await commands.run(
        {
          program: tool.command,
          package: tool.package,
          options: [...(tool.fixed ?? []), ...readArguments(extra_args, tool.flags, tool.defaults)],
          place: tool.target,
        },
        target,
        asked,
      ),
  });
}

type Facts = Omit<CommandTool, 'command' | 'package' | 'flags' | 'defaults' | 'fixed' | 'target'> &
  Pick<AnyTool, 'program'>;

/** What command tools have in common, whichever way they run. */
export function commandTool<Input extends CommandInput>(
  facts: Facts & {
    input: z.ZodObject & z.ZodType<Input>;
    scanOf?: (input: Input) => ScanRequest;
    run(input: Input, services: ToolContext['services'], asked: CommandAsked): Promise<CommandOutcome>;
  },
): AnyTool {
  const { name, title, description, timeout, concurrency, input, run } = facts;
  return {
    name,
    title,
    description,
    annotations: {
      readOnly: false,
      destructive: false,
      idempotent: true,
      openWorld: true,
      ...facts.annotations,
    },
    toolset: 'command',
    scope: facts.scope ?? 'scan:run',
    ...(facts.program ? { program: facts.program } : {}),
    ...(facts.scanOf ? { scanOf: facts.scanOf } : {}),
    input,
    output: CommandResult,
    failure: (error, call) => refusal(error, correlationOf(call)),
    async handle(
      given: Input,
      { services, caller, signal, callId = randomUUID() },
    ): Promise<ToolAnswer<CommandResult>> {
      const settings = services.commands.settings();
      if (given.extra_args.length > settings.maxArgsLength) {
        throw new PortolanError(
          'invalid_argument',
          `extra_args has ${given.extra_args.length} characters.`,
          'Give fewer options in one call.',
          { limit: `at most ${settings.maxArgsLength} characters (tools.maxArgsLength)` },
        );
      }
      const standard = timeout?.seconds ?? settings.timeoutSeconds;
      const most = timeout?.most ?? Math.max(standard, settings.timeoutSeconds);
      const seconds = given.timeout_sec ?? Math.min(standard, settings.timeoutSeconds);
      if (seconds > most) {
        throw new PortolanError(
          'invalid_argument',
          `timeout_sec is ${seconds}.`,
          'Give it less time, or use a scan tool, which goes on as a task.',
          { limit: `at most ${most} seconds for ${name}` },
        );
      }
      const outcome = await run(given, services, {
        tool: name,
        caller,
        timeoutSeconds: seconds,
        concurrency,
        signal,
      });
      const time = { seconds, chosen: given.timeout_sec !== undefined };
      return answer(facts, outcome, given.correlation_id ?? callId, time);
    },
  };
}

/** The answer was not parsed when it is a refusal, so the id is looked for in what was given. */
function correlationOf(call: { id: string; arguments: unknown }): string {
  const given = CommandInput.pick({ correlation_id: true }).loose().safeParse(call.arguments);
  return given.data?.correlation_id ?? call.id;
}

interface Time {
  seconds: number;
  /** By the caller, not by the tool. */
  chosen: boolean;
}

function answer(
  { name, answers = [0], parse }: Pick<Facts, 'name' | 'answers' | 'parse'>,
  outcome: CommandOutcome,
  correlationId: string,
  time: Time,
): ToolAnswer<CommandResult> {
  const failed = whatFailed(name, outcome, answers, time);
  const failure = failed && failureFields(failed);
  const structured: CommandResult = {
    stdout: outcome.stdout,
    stderr: outcome.stderr,
    returncode: returncode(outcome),
    truncated_stdout: outcome.truncatedStdout,
    truncated_stderr: outcome.truncatedStderr,
    timed_out: outcome.end === 'timeout',
    error: failure?.error ?? null,
    error_type: failure?.error_type ?? null,
    execution_time: outcome.seconds,
    correlation_id: correlationId,
    metadata: {
      argv: outcome.argv,
      ...(outcome.notes?.length ? { notes: outcome.notes } : {}),
      ...parse?.(outcome.stdout),
      ...failure?.metadata,
    },
  };
  return { structured, text: asText(structured, outcome, failed), ...(failed ? { failed } : {}) };
}

/** With these a shell, a launcher and the loader of libraries say that the program itself never ran. */
const NEVER_RAN: ReadonlySet<number> = new Set([126, 127]);

function whatFailed(
  name: string,
  { end, status, signal, stderr }: CommandOutcome,
  answers: readonly number[],
  time: Time,
): ErrorValue | undefined {
  if (end === 'timeout') {
    return {
      // A short time that a caller chose says nothing about this machine; only the other one counts as a fault.
      code: time.chosen ? 'command_timeout' : 'command_stuck',
      message: `${name} was ended after ${time.seconds} seconds; what it had printed is kept.`,
      limit: `${time.seconds} seconds (timeout_sec)`,
      next: 'Ask for less in one call, or give it more time with timeout_sec.',
    };
  }
  if (end === 'cancelled') {
    return {
      code: 'cancelled',
      message: `${name} was ended because the call was given up.`,
      next: 'Call it again when you still want the answer.',
    };
  }
  if (signal !== null) {
    const exhausted = signal === 'SIGXCPU' || signal === 'SIGKILL' || signal === 'SIGXFSZ';
    return {
      code: exhausted ? 'resource_exhausted' : 'command_crashed',
      message: `${name} was ended by ${signal}, not by us.`,
      next: exhausted ? 'Ask for less in one call; it used more than a command may.' : 'Look at stderr.',
    };
  }
  if (status !== null && answers.includes(status)) return undefined;
  const [said = ''] = stderr.trim().split('\n');
  return {
    code: status !== null && NEVER_RAN.has(status) ? 'command_crashed' : 'command_failed',
    message: `${name} ended with status ${status}${said === '' ? '' : `: ${cleanField(said, 200).replace(/\.$/, '')}`}.`,
    next: 'Look at stderr and stdout, and change what was asked.',
  };
}

function returncode({ end, status, signal }: CommandOutcome): number | null {
  if (end === 'timeout') return 124;
  if (signal !== null) return 128 + (constants.signals[signal] ?? 0);
  return status;
}

/** Characters of output in the text; structuredContent has all that was kept. */
const MAX_TEXT = 6000;

function asText(
  { stdout, stderr }: CommandResult,
  { argv, seconds, notes = [] }: CommandOutcome,
  failed?: ErrorValue,
): string {
  const short = (text: string) =>
    text.length <= MAX_TEXT
      ? text.trimEnd()
      : `${text.slice(0, MAX_TEXT)}\n[${text.length - MAX_TEXT} more characters in the structured answer]`;
  return [
    `$ ${argv.join(' ')}`,
    ...notes.map((note) => `Note: ${note}`),
    short(stdout),
    ...(stderr.trim() === '' ? [] : ['stderr:', short(stderr)]),
    failed ? describeError(failed) : `(ended well after ${seconds} s)`,
  ].join('\n');
}

function flagWords(flags: FlagTable, defaults: Readonly<Record<string, string>> = {}): string {
  const words = Object.entries(flags).map(([flag, grammar]) => {
    const standard = defaults[flag] === undefined ? '' : `, ${defaults[flag]} when left out`;
    return grammar === null ? flag : `${flag} (${grammar.accepts}${standard})`;
  });
  return words.length === 0 ? 'It takes no extra_args.' : `extra_args may have ${words.join('; ')}.`;
}
