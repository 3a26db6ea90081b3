/** Gotify (its API documentation, POST /message). */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';

const PRIORITIES = { info: 1, low: 3, medium: 5, high: 8 } as const;

export const gotify = defineChannel({
  kind: 'gotify',
  title: 'Gotify',
  about: 'An application of a Gotify server.',
  config: z.strictObject({ server: webAddress(), token: secretReference(), ca: caFile() }),
  example: { server: 'https://gotify.example.net', token: 'env:PORTOLAN_ALERT_GOTIFY_TOKEN' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity, over }, { server, token, ca: pem }, { post, secret, ca }) {
    await post({
      url: `${server.replace(/\/$/, '')}/message`,
      headers: { 'x-gotify-key': secret(token) },
      body: JSON.stringify({
        title,
        message: lines.join('\n'),
        priority: over ? PRIORITIES.info : PRIORITIES[severity],
      }),
      ca: ca(pem),
    });
    return {};
  },
});
