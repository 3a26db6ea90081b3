/** Slack: chat.postMessage, which knows threads, or an incoming webhook, which does not (Slack API documentation). */
import { z } from 'zod';
import { defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';
import { textOf } from '../message.ts';
import { answered } from '../outgoing/answered.ts';

const Posted = z.looseObject({ ok: z.boolean(), ts: z.string().optional(), error: z.string().optional() });

export const slack = defineChannel({
  kind: 'slack',
  title: 'Slack',
  about:
    'An incoming webhook, or a bot with a token and a channel: then what is said of an incident is a thread.',
  config: z
    .strictObject({
      /** The whole address of the webhook is a secret. */
      webhook: secretReference().optional(),
      token: secretReference().optional(),
      channel: z.string().max(80).optional(),
      api: webAddress().default('https://slack.com/api'),
    })
    .refine(
      ({ webhook, token, channel }) =>
        (webhook === undefined) !== (token === undefined || channel === undefined),
      'it takes webhook alone, or token and channel',
    ),
  example: { webhook: 'env:PORTOLAN_ALERT_SLACK_WEBHOOK' },
  bulk: FOR_PEOPLE,
  async send(message, { webhook, token, channel, api }, { post, secret }) {
    const text = escapeSlack(textOf(message));
    // Names of hosts must not become links or pictures.
    const common = { text, unfurl_links: false, unfurl_media: false };
    if (webhook !== undefined) {
      await post({ url: secret(webhook), body: JSON.stringify(common) });
      return {};
    }
    const answer = await post({
      url: `${api}/chat.postMessage`,
      headers: { authorization: `Bearer ${secret(token ?? '')}` },
      body: JSON.stringify({
        channel,
        ...common,
        ...(message.root?.receipt === undefined ? {} : { thread_ts: message.root.receipt }),
      }),
    });
    const { ts } = answered(answer, Posted, 'Slack', ({ ok, error }) => (ok ? undefined : (error ?? 'no')));
    return ts === undefined ? {} : { receipt: ts };
  },
});

/** "Formatting text for app surfaces": these three characters alone mean something. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
