/** A server of Apprise (github.com/caronc/apprise-api, POST /notify/KEY), which knows some eighty services more. */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';

const TYPES = { info: 'info', low: 'info', medium: 'warning', high: 'failure' } as const;

export const apprise = defineChannel({
  kind: 'apprise',
  title: 'Apprise',
  about: 'A server of Apprise, for some eighty services that are not here.',
  config: z.strictObject({
    server: webAddress(),
    /** Of the configuration that is kept there. */
    key: secretReference(),
    tag: z.string().max(200).optional(),
    ca: caFile(),
  }),
  example: { server: 'http://192.168.1.10:8000', key: 'env:PORTOLAN_ALERT_APPRISE_KEY', tag: 'ops' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity, over }, { server, key, tag, ca: pem }, { post, secret, ca }) {
    await post({
      url: `${server.replace(/\/$/, '')}/notify/${encodeURIComponent(secret(key))}`,
      body: JSON.stringify({
        title,
        body: lines.join('\n'),
        type: over ? 'success' : TYPES[severity],
        format: 'text',
        ...(tag === undefined ? {} : { tag }),
      }),
      ca: ca(pem),
    });
    return {};
  },
});
