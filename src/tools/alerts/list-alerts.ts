import { z } from 'zod';
import { defineTool } from '../call/define-tool.ts';
import { plural } from '../results/numbers.ts';
import {
  ChannelOutput,
  channelLine,
  channelOutput,
  DeliveryOutput,
  deliveryLine,
  deliveryOutput,
  RuleOutput,
  ruleLine,
  ruleOutput,
  WindowOutput,
  windowLine,
  windowOutput,
} from './output.ts';

export const listAlerts = defineTool({
  name: 'list_alerts',
  title: 'What is told where',
  description:
    'Lists alert channels, rules, maintenance windows and the last messages with what became of them; what could not ' +
    'be sent says why. Sends nothing.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'alerts',
  scope: 'alerts:read',
  input: z.strictObject({
    deliveries: z
      .enum(['waiting', 'sending', 'sent', 'dead', 'all'])
      .optional()
      .describe('Messages in this state too; dead ones were given up.'),
    limit: z.number().int().min(1).max(500).default(20).describe('Messages to list.'),
  }),
  output: z.strictObject({
    channels: z.array(ChannelOutput),
    rules: z.array(RuleOutput),
    windows: z.array(WindowOutput),
    dead: z.number().int(),
    kinds: z.array(
      z.strictObject({ kind: z.string(), about: z.string(), example: z.record(z.string(), z.unknown()) }),
    ),
    deliveries: z.array(DeliveryOutput).optional(),
  }),
  async handle({ deliveries: state, limit }, { services: { alerts } }) {
    const { channels, rules, windows, dead, kinds } = await alerts.overview();
    const deliveries =
      state === undefined ? undefined : await alerts.deliveries(state === 'all' ? undefined : state, limit);
    const lines = [
      ...(channels.length === 0
        ? ['There is no channel yet: set_alert_channel makes one (portolan alerts channel).']
        : ['Channels:', ...channels.map(channelLine)]),
      ...(rules.length === 0
        ? ['There is no rule yet, so nothing is sent: set_alert makes one (portolan alerts rule).']
        : ['Rules:', ...rules.map(ruleLine)]),
      ...(windows.length === 0 ? [] : ['Maintenance windows:', ...windows.map(windowLine)]),
      ...(dead === 0
        ? []
        : [
            `${plural(dead, 'message')} given up: deliveries=dead lists them, resend_alerts sends them again.`,
          ]),
      ...(deliveries === undefined
        ? []
        : deliveries.length === 0
          ? ['No such messages.']
          : ['Messages, newest first:', ...deliveries.map(deliveryLine)]),
    ];
    return {
      structured: {
        channels: channels.map(channelOutput),
        rules: rules.map(ruleOutput),
        windows: windows.map(windowOutput),
        dead,
        kinds: kinds.map(({ kind, about, example }) => ({ kind, about, example: { ...example } })),
        ...(deliveries === undefined ? {} : { deliveries: deliveries.map(deliveryOutput) }),
      },
      text: lines.join('\n'),
    };
  },
});
