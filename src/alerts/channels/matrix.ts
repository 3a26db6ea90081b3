/** Matrix: an event m.room.message (client-server API, PUT …/send/{eventType}/{txnId}), whose transaction id is our key. */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';
import { textOf } from '../message.ts';
import { answered } from '../outgoing/answered.ts';

const Posted = z.looseObject({ event_id: z.string() });

export const matrix = defineChannel({
  kind: 'matrix',
  title: 'Matrix',
  about: 'A room of a homeserver; what is said of an incident is a thread.',
  config: z.strictObject({
    server: webAddress(),
    room: z.string().regex(/^![^\s/?#]{1,250}$/, 'the internal id of a room, as !abc:example.net'),
    token: secretReference(),
    ca: caFile(),
  }),
  example: {
    server: 'https://matrix.example.net',
    room: '!abcdef:example.net',
    token: 'env:PORTOLAN_ALERT_MATRIX_TOKEN',
  },
  bulk: FOR_PEOPLE,
  async send(message, { server, room, token, ca: pem }, { post, secret, ca }) {
    const root = message.root?.receipt;
    const place = `rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(message.id)}`;
    const answer = await post({
      url: `${server.replace(/\/$/, '')}/_matrix/client/v3/${place}`,
      method: 'PUT',
      headers: { authorization: `Bearer ${secret(token)}` },
      body: JSON.stringify({
        msgtype: 'm.text',
        body: textOf(message),
        ...(root === undefined ? {} : { 'm.relates_to': { rel_type: 'm.thread', event_id: root } }),
      }),
      ca: ca(pem),
    });
    return { receipt: answered(answer, Posted, 'Matrix').event_id };
  },
});
