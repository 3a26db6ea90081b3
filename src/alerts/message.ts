/** A message as channels get it: each puts it into the form of its service, and adds no facts. */
import type { AlertWord } from '../core/alert.ts';
import type { Severity } from '../core/asset.ts';

/** What happened to one incident. */
export interface Told {
  /** Public id of the incident: the same in all that is ever said of it. */
  incident: string;
  word: AlertWord;
  kind: string;
  severity: Severity;
  site: string;
  /** In one line, in words. */
  line: string;
  /** Public id of the change that opened it, by which it is decided about. */
  change: string;
  asset?: string;
  address?: string;
  name?: string;
  port?: number;
  protocol?: string;
  before?: string;
  after?: string;
  /** Milliseconds since the epoch. */
  openedAt: number;
  at: number;
  closedAt?: number;
  /** Who decided, and why. */
  by?: string;
  reason?: string;
}

export interface Message {
  /** The key by which a receiver knows one that comes twice. */
  id: string;
  /** Name of the rule that wants it told. */
  rule: string;
  channel: string;
  /** The gravest in it. */
  severity: Severity;
  title: string;
  /** More of it, line by line. */
  lines: readonly string[];
  /** As many as the channel can take, the gravest first where that is not all. */
  told: readonly Told[];
  total: number;
  /** Milliseconds since the epoch. */
  at: number;
  /** The incident, where it is about one alone. */
  incident?: string;
  /** The first message there about that incident: this one answers to it. */
  root?: { uid: string; receipt?: string };
  /** Nothing of it is open any more. */
  over: boolean;
  /** Of a report: its parts, which `lines` say in a row. */
  parts?: readonly { heading: string; lines: readonly string[] }[];
  /** It only shows that the channel works. */
  test?: true;
}

/** All of it as plain text. */
export const textOf = ({ title, lines }: Pick<Message, 'title' | 'lines'>): string =>
  [title, '', ...lines].join('\n');
