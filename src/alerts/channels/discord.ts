/** Discord: a webhook of a channel (Discord developer documentation, "Execute Webhook"). Nobody is mentioned, whatever a host is called. */
import { z } from 'zod';
import { escapeMarkdown } from '../../core/markdown.ts';
import { defineChannel, FOR_PEOPLE, secretReference } from '../channel.ts';

const COLORS = { info: 0x4a5568, low: 0x2b6cb0, medium: 0xb7791f, high: 0xc53030 } as const;

export const discord = defineChannel({
  kind: 'discord',
  title: 'Discord',
  about: 'A webhook of a channel.',
  config: z.strictObject({ webhook: secretReference() }),
  example: { webhook: 'env:PORTOLAN_ALERT_DISCORD_WEBHOOK' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity }, { webhook }, { post, secret }) {
    await post({
      url: secret(webhook),
      body: JSON.stringify({
        username: 'Portolan',
        allowed_mentions: { parse: [] },
        // 256 and 4096 characters are what it takes.
        embeds: [
          {
            title: title.slice(0, 256),
            description: lines.map(escapeMarkdown).join('\n').slice(0, 4096),
            color: COLORS[severity],
          },
        ],
      }),
    });
    return {};
  },
});
