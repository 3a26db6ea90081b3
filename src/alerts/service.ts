/** Alerts, as callers ask about them and set them. Times are milliseconds since the epoch. */
import type {
  AlertChannel,
  AlertRule,
  AlertTiming,
  AlertWindow,
  Delivery,
  DeliveryState,
  ReportTiming,
} from '../core/alert.ts';
import type { Severity } from '../core/asset.ts';

export interface AlertsOverview {
  channels: readonly AlertChannel[];
  rules: readonly AlertRule[];
  windows: readonly AlertWindow[];
  /** Messages that were given up. */
  dead: number;
  /** Every kind of channel there is, with a configuration as one would write it. */
  kinds: readonly {
    kind: string;
    title: string;
    about: string;
    example: Readonly<Record<string, unknown>>;
  }[];
}

export interface ChannelAsk {
  name: string;
  kind: string;
  config: Readonly<Record<string, unknown>>;
  minSeverity: Severity;
}

export interface RuleAsk {
  name: string;
  query: string;
  channels: readonly string[];
  timing: AlertTiming;
  /** Only what scans of this schedule find. */
  schedule?: string | undefined;
  enabled: boolean;
}

export type PreviewAsk = Omit<RuleAsk, 'enabled'>;

/** When the report of a week goes to a channel. */
export type ReportAsk = Omit<ReportTiming, 'since'>;

export interface WindowAsk {
  query: string;
  from: number;
  to: number;
  reason: string;
}

/** What a rule would have sent. */
export interface Preview {
  days: number;
  incidents: number;
  messages: number;
  /** The newest of them, in words. */
  sample: readonly string[];
}

export interface AlertService {
  overview(): Promise<AlertsOverview>;
  /** @throws PortolanError `invalid_argument` for a kind or a configuration that is not one */
  setChannel(ask: ChannelAsk, by: string): Promise<void>;
  /** @throws PortolanError `invalid_argument`, as for a query that cannot be read or a channel that does not exist */
  setRule(ask: RuleAsk, by: string): Promise<void>;
  /** @returns its id */
  addWindow(ask: WindowAsk, by: string): Promise<string>;
  /** @throws PortolanError `alert_not_found` */
  remove(what: 'channel' | 'rule' | 'window', name: string): Promise<void>;
  /** What it would have sent in the last 30 days. */
  preview(ask: PreviewAsk): Promise<Preview>;
  /**
   * Has the report of each week sent to a channel of mail, or no more.
   * @returns when the first one is due
   * @throws PortolanError `alert_not_found`; `invalid_argument` for a channel of another kind
   */
  setReport(channel: string, ask: ReportAsk | undefined): Promise<number | undefined>;
  /** The report of the last seven days, as plain text. @throws PortolanError `alert_not_found` */
  previewReport(channel?: string): Promise<string>;
  deliveries(state: DeliveryState | undefined, limit: number): Promise<readonly Delivery[]>;
  /** Sends what was given up once more. @returns how many messages */
  resend(uids: readonly string[] | 'all'): Promise<number>;
  /** Sends a message that says it is a test. @throws PortolanError `alert_not_found`, `alert_not_sent` with the reason */
  test(channel: string): Promise<void>;
  /** Sends what is due now, where no server does. */
  sendDue(): Promise<{ sent: number; failed: number }>;
}
