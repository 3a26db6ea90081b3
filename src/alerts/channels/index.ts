/** Every kind of channel there is. A new one is its file and one line here. */
import type { AnyChannel } from '../channel.ts';
import { apprise } from './apprise.ts';
import { discord } from './discord.ts';
import { email } from './email.ts';
import { gotify } from './gotify.ts';
import { jsonl } from './jsonl.ts';
import { matrix } from './matrix.ts';
import { mqtt } from './mqtt.ts';
import { ntfy } from './ntfy.ts';
import { pagerduty } from './pagerduty.ts';
import { pushover } from './pushover.ts';
import { slack } from './slack.ts';
import { syslog } from './syslog.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { webhook } from './webhook.ts';

export const CHANNEL_KINDS: readonly AnyChannel[] = [
  email,
  webhook,
  slack,
  teams,
  discord,
  ntfy,
  gotify,
  telegram,
  pushover,
  pagerduty,
  matrix,
  apprise,
  mqtt,
  syslog,
  jsonl,
];

export const channelKind = (kind: string): AnyChannel | undefined =>
  CHANNEL_KINDS.find((one) => one.kind === kind);
