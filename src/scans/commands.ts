/** What command tools ask for: a program run against a target, when the policy has allowed it and a place is free. */
import type PQueue from 'p-queue';
import type { Caller } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { NmapInstall } from '../nmap/machine/install.ts';
import type { ProcessLimits } from '../nmap/machine/limits-and-leash.ts';
import {
  type CommandLimits,
  type CommandLine,
  type CommandOutcome,
  runCommand,
  runPlainNmap,
} from '../nmap/run/run-command.ts';
import type { TargetPolicy } from '../policy/allowed-target.ts';
import type { Policy } from '../policy/authorize.ts';
import { plainNmapRequest } from './requests.ts';
import { lacksIntrusive } from './service.ts';

export type { CommandLine, CommandOutcome } from '../nmap/run/run-command.ts';

export interface CommandSettings {
  /** Seconds a command may take when the caller says nothing and its tool neither. */
  timeoutSeconds: number;
  /** Commands of one tool at the same time, where the tool does not say it. */
  concurrency: number;
  /** Characters of extra_args. */
  maxArgsLength: number;
  maxStdoutBytes: number;
  maxStderrBytes: number;
}

export interface CommandAsked {
  /** Name of the tool, for its places. */
  tool: string;
  caller: Caller;
  timeoutSeconds: number;
  concurrency?: number | undefined;
  signal: AbortSignal;
}

export interface CommandService {
  settings(): CommandSettings;
  /** @throws PortolanError with the refusal of the policy, `busy`, or why the program did not start */
  run(line: CommandLine, target: string, asked: CommandAsked): Promise<CommandOutcome>;
  /** nmap itself. `options` are read against the flags table, as custom_scan's are. @throws as run */
  nmap(options: string, target: string, asked: CommandAsked): Promise<CommandOutcome>;
}

/** Calls that may wait for a place of one tool. */
const MAX_WAITING = 50;

export function createCommandService(parts: {
  targets: TargetPolicy;
  policy: Policy;
  nmap: () => Promise<NmapInstall>;
  settings: () => CommandSettings;
  /** What each program may use of the machine. */
  limits: () => ProcessLimits;
}): CommandService {
  const { targets, policy, nmap, settings, limits } = parts;
  const queues = new Map<string, PQueue>();

  async function inPlace(
    { tool, timeoutSeconds, concurrency, signal }: CommandAsked,
    work: (limits: CommandLimits) => Promise<CommandOutcome>,
  ): Promise<CommandOutcome> {
    const { maxStdoutBytes, maxStderrBytes, ...rest } = settings();
    // Loaded with the first command: a client that only lists tools waits for our start.
    const { default: Queue } = await import('p-queue');
    const queue = queues.get(tool) ?? new Queue();
    queues.set(tool, queue);
    queue.concurrency = concurrency ?? rest.concurrency;
    if (queue.size >= MAX_WAITING) {
      throw new PortolanError(
        'busy',
        `${queue.size} calls of ${tool} are already waiting.`,
        'Come back later.',
        {
          limit: `at most ${MAX_WAITING} waiting calls of one command tool`,
          retryAfterSeconds: 30,
        },
      );
    }
    // The time is that of the program; waiting for a place does not count, and the caller can give it up.
    return await queue.add(() =>
      work({
        timeoutMs: timeoutSeconds * 1000,
        stdoutBytes: maxStdoutBytes,
        stderrBytes: maxStderrBytes,
        signal,
        process: limits(),
      }),
    );
  }

  return {
    settings,
    async run(line, target, asked) {
      const allowed = await targets.authorize(target);
      return await inPlace(asked, (limits) => runCommand(line, allowed, limits));
    },
    async nmap(options, target, asked) {
      const scan = await policy.authorize(plainNmapRequest(options, target, asked.tool));
      if (scan.intrusive && !asked.caller.scopes.has('scan:intrusive')) throw lacksIntrusive(asked.caller);
      const install = await nmap();
      return await inPlace(asked, (limits) => runPlainNmap(scan, install, limits));
    },
  };
}
