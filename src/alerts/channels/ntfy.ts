/** ntfy, at ntfy.sh or a server of one's own (its documentation, "Publish as JSON"). */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';

/** 1 to 5. */
const PRIORITIES = { info: 2, low: 3, medium: 4, high: 5 } as const;

export const ntfy = defineChannel({
  kind: 'ntfy',
  title: 'ntfy',
  about: 'A topic at ntfy.sh or a server of yours.',
  config: z.strictObject({
    server: webAddress().default('https://ntfy.sh'),
    topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/, 'a topic'),
    token: secretReference().optional(),
    ca: caFile(),
  }),
  example: { topic: 'portolan-of-mine', token: 'env:PORTOLAN_ALERT_NTFY_TOKEN' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity, over }, { server, topic, token, ca: pem }, { post, secret, ca }) {
    await post({
      url: server,
      headers: token === undefined ? {} : { authorization: `Bearer ${secret(token)}` },
      body: JSON.stringify({
        topic,
        title: title.slice(0, 250),
        message: lines.join('\n').slice(0, 4000),
        priority: over ? PRIORITIES.info : PRIORITIES[severity],
        tags: [over ? 'white_check_mark' : 'satellite'],
      }),
      ca: ca(pem),
    });
    return {};
  },
});
