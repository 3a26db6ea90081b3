/** Telegram: a bot writes into a chat (Bot API, sendMessage). Without a parse mode, names of hosts are plain text. */
import { z } from 'zod';
import { defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';
import { textOf } from '../message.ts';
import { answered } from '../outgoing/answered.ts';

/** Characters it takes. */
const MOST = 4096;
const Posted = z.looseObject({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.looseObject({ message_id: z.number() }).optional(),
});

export const telegram = defineChannel({
  kind: 'telegram',
  title: 'Telegram',
  about: 'A bot that writes into a chat; what is said of an incident answers to its first message.',
  config: z.strictObject({
    token: secretReference(),
    chat: z.coerce.string().regex(/^(-?\d{1,20}|@\w{5,32})$/, 'the number of a chat, or @channel'),
    api: webAddress().default('https://api.telegram.org'),
  }),
  example: { token: 'env:PORTOLAN_ALERT_TELEGRAM_TOKEN', chat: '-1001234567890' },
  bulk: FOR_PEOPLE,
  async send(message, { token, chat, api }, { post, secret }) {
    const root = message.root?.receipt;
    const answer = await post({
      url: `${api}/bot${secret(token)}/sendMessage`,
      body: JSON.stringify({
        chat_id: chat,
        text: textOf(message).slice(0, MOST),
        link_preview_options: { is_disabled: true },
        ...(message.over || message.severity === 'info' ? { disable_notification: true } : {}),
        ...(root === undefined
          ? {}
          : { reply_parameters: { message_id: Number(root), allow_sending_without_reply: true } }),
      }),
    });
    const { result } = answered(answer, Posted, 'Telegram', ({ ok, description }) =>
      ok ? undefined : (description ?? 'no'),
    );
    return result === undefined ? {} : { receipt: String(result.message_id) };
  },
});
