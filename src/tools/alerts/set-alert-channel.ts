import { z } from 'zod';
import { SEVERITIES } from '../../core/asset.ts';
import { PortolanError } from '../../core/errors.ts';
import { defineTool } from '../call/define-tool.ts';
import { AlertName } from './set-alert.ts';

export const setAlertChannel = defineTool({
  name: 'set_alert_channel',
  title: 'Say where messages may go',
  description:
    'Makes, changes or removes a channel of alerts: e-mail, webhook and others; list_alerts shows the kinds with an ' +
    'example each. Secrets are named as env:PORTOLAN_ALERT_… or file:/path, never written. For administrators.',
  annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  toolset: 'alerts',
  scope: 'admin',
  input: z.strictObject({
    name: AlertName.describe('A channel of that name is changed.'),
    kind: z.string().max(40).optional().describe('email, webhook …'),
    config: z.record(z.string().max(64), z.unknown()).optional().describe('As the kind wants it.'),
    min_severity: z.enum(SEVERITIES).default('info').describe('What is less grave does not go there.'),
    remove: z.boolean().default(false).describe('Remove it, with what waits for it.'),
  }),
  output: z.strictObject({ name: z.string(), removed: z.boolean() }),
  async handle({ name, kind, config = {}, min_severity, remove }, { services: { alerts }, caller }) {
    if (remove) {
      await alerts.remove('channel', name);
      return { structured: { name, removed: true }, text: `The channel ${name} is removed.` };
    }
    if (kind === undefined)
      throw new PortolanError(
        'invalid_argument',
        'A channel needs a kind.',
        'list_alerts shows which there are.',
      );
    await alerts.setChannel({ name, kind, config, minSeverity: min_severity }, caller.name);
    return {
      structured: { name, removed: false },
      text: `The channel ${name} is set. test_alert_channel (portolan alerts test ${name}) shows whether it works.`,
    };
  },
});
