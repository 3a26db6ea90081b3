/** PagerDuty, Events API v2: one alert an incident, acknowledged and resolved there as it is here. */
import { z } from 'zod';
import { defineChannel, FOR_PEOPLE, secretReference, webAddress } from '../channel.ts';
import { incidentData } from '../cloud-event.ts';
import type { Message } from '../message.ts';

const SEVERITIES = { info: 'info', low: 'warning', medium: 'error', high: 'critical' } as const;

export const pagerduty = defineChannel({
  kind: 'pagerduty',
  title: 'PagerDuty',
  about: 'Events API v2; many incidents at once are one alert, which nobody but you resolves.',
  config: z.strictObject({
    key: secretReference(),
    api: webAddress().default('https://events.pagerduty.com'),
  }),
  example: { key: 'env:PORTOLAN_ALERT_PAGERDUTY_KEY' },
  bulk: FOR_PEOPLE,
  async send(message, { key, api }, { post, secret }) {
    const { id, incident, severity, title, told, at } = message;
    await post({
      url: `${api}/v2/enqueue`,
      body: JSON.stringify({
        routing_key: secret(key),
        event_action: actionOf(message),
        dedup_key: incident ?? id,
        client: 'Portolan',
        payload: {
          summary: title.slice(0, 1024),
          source: told[0]?.address ?? told[0]?.site ?? 'portolan',
          severity: SEVERITIES[severity],
          timestamp: new Date(at).toISOString(),
          custom_details: { incidents: told.map(incidentData) },
        },
      }),
    });
    return {};
  },
});

/** A test is resolved at once, so that it wakes nobody. */
function actionOf({ test, over, told, incident }: Message): 'trigger' | 'acknowledge' | 'resolve' {
  if (test || (incident !== undefined && over)) return 'resolve';
  return incident !== undefined && told[0]?.word === 'acknowledged' ? 'acknowledge' : 'trigger';
}
