/** Every kind of channel there is. A new one is its file and one line here. */
import type { AnyChannel } from '../channel.ts';
import { email } from './email.ts';
import { jsonl } from './jsonl.ts';
import { mqtt } from './mqtt.ts';
import { webhook } from './webhook.ts';

export const CHANNEL_KINDS: readonly AnyChannel[] = [email, webhook, mqtt, jsonl];

export const channelKind = (kind: string): AnyChannel | undefined =>
  CHANNEL_KINDS.find((one) => one.kind === kind);
