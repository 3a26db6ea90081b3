import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { plural } from '../results/numbers.ts';

export const resendAlerts = defineTool({
  name: 'resend_alerts',
  title: 'Send again what was given up',
  description:
    'Sends messages again that could not be sent and were given up; list_alerts shows them with the reason.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  toolset: 'alerts',
  scope: 'alerts:write',
  input: z.strictObject({
    deliveries: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(500)
      .optional()
      .describe('Their delivery_id; all that were given up when absent.'),
  }),
  output: z.strictObject({ resent: z.number().int() }),
  async handle({ deliveries }, { services: { alerts } }) {
    const resent = await alerts.resend(deliveries ?? 'all');
    return {
      structured: { resent },
      text:
        resent === 0
          ? 'No such message was given up.'
          : `${plural(resent, 'message')} will be sent again; list_alerts says what became of them.`,
    };
  },
});
