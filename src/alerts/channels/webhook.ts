/** A webhook of one's own, signed as standardwebhooks.com describes; as an option in the form of CloudEvents 1.0. */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PROGRAMS, secretReference, webAddress } from '../channel.ts';
import { cloudEvent, messageData } from '../cloud-event.ts';
import { ChannelFailure } from '../outgoing/failure.ts';

export const webhook = defineChannel({
  kind: 'webhook',
  title: 'Webhook',
  about: 'JSON to an address of yours, signed (standardwebhooks), or as CloudEvents 1.0.',
  config: z.strictObject({
    url: webAddress(),
    /** Base64, with or without `whsec_`: 24 to 64 bytes. */
    secret: secretReference().optional(),
    format: z.enum(['standard', 'cloudevents']).default('standard'),
    /** For receivers that want a token. */
    bearer: secretReference().optional(),
    ca: caFile(),
  }),
  example: { url: 'https://hooks.example.net/portolan', secret: 'env:PORTOLAN_ALERT_WEBHOOK_SECRET' },
  bulk: FOR_PROGRAMS,
  async send(message, config, { post, secret, ca, name }) {
    const cloud = config.format === 'cloudevents';
    const body = JSON.stringify(cloud ? cloudEvent(message, `/portolan/${name}`) : messageData(message));
    const now = new Date();
    await post({
      url: config.url,
      headers: {
        'content-type': cloud ? 'application/cloudevents+json' : 'application/json',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        ...(config.secret === undefined
          ? {}
          : { 'webhook-signature': await signed(secret(config.secret), message.id, now, body) }),
        ...(config.bearer === undefined ? {} : { authorization: `Bearer ${secret(config.bearer)}` }),
      },
      body,
      ca: ca(config.ca),
    });
    return {};
  },
});

async function signed(key: string, id: string, now: Date, body: string): Promise<string> {
  const { Webhook } = await import('standardwebhooks');
  try {
    return new Webhook(key).sign(id, now, body);
  } catch (cause) {
    throw new ChannelFailure('The secret of the channel is not Base64, as standardwebhooks wants it.', {
      cause,
    });
  }
}
