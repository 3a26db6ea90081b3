/** What REST shows and others know: handed in by the app. */
import type { Caller, Scope } from '../../core/caller.ts';
import type { CallToolDependencies } from '../../tools/call/call-tool.ts';
import type { Services } from '../../tools/call/services.ts';

export interface HealthSource {
  /** The last look, at once. */
  report(): Promise<HealthReport> | HealthReport;
}

export interface HealthReport {
  status: 'healthy' | 'degraded' | 'unhealthy';
}

/** How the server is set up, for those who run it. Nothing in it is a secret. */
export interface SystemReport {
  /** What `portolan doctor` finds. */
  doctor: { name: string; ok: boolean; detail: string; fix?: string }[];
  tokens: { name: string; scopes: string[]; created_at?: string; expires_at?: string; revoked_at?: string }[];
  /** Absent: nothing was written yet. */
  audit?: { ok: boolean; records: number; problem?: string };
  /** Each with where it was said; absent: it has its default. */
  settings: { name: string; value: unknown; source?: string }[];
}

/** Prometheus' text format. */
export interface MetricsSource {
  contentType: string;
  text(): Promise<string>;
}

/** What happens, as it happens. Every reader walks through the same bounded ring at its own pace. */
export interface EventSource {
  /**
   * From the event after `lastEventId` on (without it: from now on), until the signal aborts. In the place of events
   * that are gone comes one of the kind `missed`.
   */
  read(options: {
    lastEventId?: string | undefined;
    signal: AbortSignal;
    visible: (event: Pick<ServiceEvent, 'owner' | 'scope' | 'site'>) => boolean;
  }): AsyncIterator<ServiceEvent, void, undefined>;
}

export interface ServiceEvent {
  /** For Last-Event-ID. */
  id: string;
  kind: string;
  /** ISO 8601. */
  at?: string;
  /** Whose task it is about; absent: it is nobody's in particular. */
  owner?: string;
  /** Only for those who have it. */
  scope?: Scope;
  /** Not for those who are bound to other sites. */
  site?: string;
  data?: Readonly<Record<string, unknown>>;
  /** Of `missed`: how many are gone. */
  count?: number;
}

export interface RestDependencies extends CallToolDependencies {
  version: string;
  services: Services;
  /** Where clients reach the server from outside, when that is known. */
  publicUrl?: string | undefined;
  /** Path of the MCP endpoint. */
  mcpPath: string;
  /** Largest request body. */
  maxBodyBytes?: number;
  states: {
    isEnabled(tool: string): boolean;
    set(tool: string, enabled: boolean, by: string): Promise<void>;
  };
  breakers?: {
    snapshots(): readonly object[];
    /** @returns false when there is no such breaker. */
    forceClose(name: string): boolean;
  };
  health?: HealthSource;
  metrics?: MetricsSource;
  events?: EventSource;
  /** The configuration without its secrets. */
  config(): unknown;
  /** Looks at the machine, the tokens, the audit and the settings: some seconds of work. */
  system?: () => Promise<SystemReport>;
  /** Whether the server takes nothing new any more. */
  draining?: () => boolean;
  /** Told that a tool was switched on or off: the audit. */
  onSwitched?: (change: { tool: string; enabled: boolean; caller: Caller }) => void;
  /** Told that a browser was logged out: the audit. */
  onLoggedOut?: (session: { caller: string; how: string }) => void;
  /** Told that a circuit breaker was closed by hand: the audit. */
  onClosed?: (change: { breaker: string; caller: Caller }) => void;
}
