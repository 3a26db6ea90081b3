/** Microsoft Teams: an adaptive card to a webhook of Workflows ("Post to a channel when a webhook request is received"). */
import { z } from 'zod';
import { escapeMarkdown } from '../../core/markdown.ts';
import { defineChannel, FOR_PEOPLE, secretReference } from '../channel.ts';

export const teams = defineChannel({
  kind: 'teams',
  title: 'Microsoft Teams',
  about: 'An adaptive card to a webhook of Workflows.',
  config: z.strictObject({ webhook: secretReference() }),
  example: { webhook: 'env:PORTOLAN_ALERT_TEAMS_WEBHOOK' },
  bulk: FOR_PEOPLE,
  async send({ title, lines, severity, over }, { webhook }, { post, secret }) {
    const color = over
      ? 'good'
      : severity === 'high'
        ? 'attention'
        : severity === 'medium'
          ? 'warning'
          : 'default';
    const text = (words: string, more: Readonly<Record<string, unknown>> = {}) => ({
      type: 'TextBlock',
      text: escapeMarkdown(words),
      wrap: true,
      ...more,
    });
    const card = {
      $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
      type: 'AdaptiveCard',
      version: '1.4',
      body: [
        text(title, { weight: 'bolder', size: 'medium', color }),
        ...lines.map((line) => text(line, { spacing: 'small' })),
      ],
    };
    await post({
      url: secret(webhook),
      body: JSON.stringify({
        type: 'message',
        attachments: [
          { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
        ],
      }),
    });
    return {};
  },
});
