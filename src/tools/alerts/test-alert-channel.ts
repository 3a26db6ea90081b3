import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { AlertName } from './set-alert.ts';

export const testAlertChannel = defineTool({
  name: 'test_alert_channel',
  title: 'Try a channel',
  description:
    'Sends a message through a channel of alerts that says it is a test, and tells what went wrong.',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  toolset: 'alerts',
  scope: 'alerts:write',
  input: z.strictObject({ channel: AlertName.describe('Its name.') }),
  output: z.strictObject({ channel: z.string() }),
  async handle({ channel }, { services: { alerts } }) {
    await alerts.test(channel);
    return { structured: { channel }, text: `The channel ${channel} took the test message.` };
  },
});
