/** Pushover (its API documentation, "Pushing Messages"). */
import { z } from 'zod';
import { defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';

/** 1 passes the quiet hours of the receiver. */
const PRIORITIES = { info: -1, low: 0, medium: 0, high: 1 } as const;

export const pushover = defineChannel({
  kind: 'pushover',
  title: 'Pushover',
  about: 'To a user or a group, with the token of an application.',
  config: z.strictObject({
    token: secretReference(),
    user: secretReference(),
    api: webAddress().default('https://api.pushover.net'),
  }),
  example: { token: 'env:PORTOLAN_ALERT_PUSHOVER_TOKEN', user: 'env:PORTOLAN_ALERT_PUSHOVER_USER' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity, over, at }, { token, user, api }, { post, secret }) {
    await post({
      url: `${api}/1/messages.json`,
      body: JSON.stringify({
        token: secret(token),
        user: secret(user),
        title: title.slice(0, 250),
        message: lines.join('\n').slice(0, 1024),
        priority: over ? PRIORITIES.info : PRIORITIES[severity],
        timestamp: Math.floor(at / 1000),
      }),
    });
    return {};
  },
});
