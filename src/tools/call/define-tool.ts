/**
 * What a tool is. One file exports one object made by {@link defineTool}; MCP, REST, the command line, the reference
 * in docs/ and the pinned snapshot of the public surface are all derived from these objects.
 */
import type { z } from 'zod';
import type { Caller, Scope } from '../../core/caller.ts';
import type { ErrorValue } from '../../core/errors.ts';
import type { ScanRequest } from '../../core/request.ts';
import type { Toolset } from '../../core/toolsets.ts';
import type { Services } from './services.ts';

/** What a client may assume before it calls. All four are required: a safety fact is never left to a default. */
export interface ToolAnnotations {
  /** Changes nothing, here or elsewhere (sending probes is not read-only). */
  readOnly: boolean;
  /** May end or remove something that someone else relies on. */
  destructive: boolean;
  /** Calling it twice is as calling it once. */
  idempotent: boolean;
  /** Reaches machines other than this one. */
  openWorld: boolean;
}

/** A larger document the answer points to, read through the resources of the transport. */
export interface ResourceLink {
  uri: string;
  name: string;
  title: string;
  mimeType: string;
}

/** What a handler gives back: the facts, and the same facts as compact text that is enough to answer from. */
export interface ToolAnswer<Output> {
  structured: Output;
  text: string;
  links?: ResourceLink[];
  /** Set when the work goes on as a durable task; a transport with tasks of its own hands this one out. */
  runningTask?: { id: string };
  /** Set when it failed, and the answer tells what there is nevertheless (the partial output of a command). */
  failed?: ErrorValue;
}

/** What a handler knows of its surroundings; it does not know its transport. */
export interface ToolContext {
  caller: Caller;
  services: Services;
  /** One id from the request to nmap, the log, the audit and the result; call-tool makes one where the transport has none. */
  callId?: string | undefined;
  /** Aborted when the client gives the call up. A scan goes on as a task; only the waiting ends. */
  signal: AbortSignal;
  /** Tells a waiting client how far the work is. `progress` of `total`, both in percent here. */
  report: (update: { progress: number; total: number; message: string }) => void;
  /**
   * Asks the person behind the client (MCP elicitation). `unsupported` when there is no way to ask. Ask before anything
   * is done: a transport may end the call with {@link AwaitingAnswer} and call the handler anew with the answer.
   */
  confirm: (question: string) => Promise<'accepted' | 'declined' | 'unsupported'>;
  /** The client follows tasks by itself: answer with the task at once instead of waiting for it. */
  detach: boolean;
}

/**
 * Thrown by `confirm` on protocols where a question ends the call and its answer comes with a repeated one (MCP
 * 2026-07-28). Passes through tools/call/call-tool untouched, as it is neither an answer nor a failure.
 */
export class AwaitingAnswer extends Error {
  readonly question: string;
  constructor(question: string) {
    super('The call waits for the answer to a question.');
    this.name = 'AwaitingAnswer';
    this.question = question;
  }
}

export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodType = z.ZodType> {
  name: string;
  title: string;
  /** For a model that must choose: what it gives, when to prefer another tool, what it never does. */
  description: string;
  annotations: ToolAnnotations;
  toolset: Toolset;
  /** The scope a caller needs. */
  scope: Scope;
  /** Strict: unknown arguments are refused. */
  input: Input;
  output: Output;
  /** Largest arguments, as JSON; 256 KiB when absent. */
  maxArgumentBytes?: number;
  /** A program of the system that it runs, and the package it comes in: `portolan doctor` looks for it. */
  program?: { name: string; package?: string | undefined };
  handle: (input: z.output<Input>, context: ToolContext) => Promise<ToolAnswer<z.output<Output>>>;
  /** The scan that these arguments ask for, where they may make it an intrusive one. @throws PortolanError */
  scanOf?: (input: z.output<Input>) => ScanRequest;
  /**
   * A failure in the words of this tool's own contract, where it has one (capture and command tools). `arguments` are
   * as the caller gave them, unread.
   */
  failure?: (error: ErrorValue, call: { id: string; arguments: unknown }) => Record<string, unknown>;
}

/** A tool whose input and output types have been forgotten, as the registry holds it. */
export interface AnyTool extends Omit<Tool, 'handle' | 'scanOf'> {
  handle: (input: never, context: ToolContext) => Promise<ToolAnswer<unknown>>;
  scanOf?: (input: never) => ScanRequest;
}

export function defineTool<Input extends z.ZodObject, Output extends z.ZodType>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
