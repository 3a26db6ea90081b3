/** Between the form of an alert rule and the arguments of set_alert. */
import { expect, it } from 'vitest';
import { ruleOf } from '../../../web/src/pages/alerts/rule.ts';

function fields(said: Record<string, string | string[]>): FormData {
  const data = new FormData();
  for (const [name, values] of Object.entries(said))
    for (const value of [values].flat()) data.append(name, value);
  return data;
}

it('says only what was filled in', () =>
  expect(ruleOf(fields({ name: ' news ', query: '', digest: 'each', from: '22:00', minutes: '30' }))).toEqual(
    {
      name: 'news',
      query: '',
      channels: [],
      digest: 'each',
      most: 6,
      enabled: false,
    },
  ));

it('has quiet hours of some days, an escalation and a time of the daily message', () =>
  expect(
    ruleOf(
      fields({
        name: 'news',
        query: 'is:new',
        channels: ['mail', 'pager'],
        digest: 'daily',
        at: '07:30',
        zone: 'Europe/Berlin',
        from: '22:00',
        to: '07:00',
        days: ['1', '0'],
        unless: 'high',
        minutes: '30',
        escalate: 'pager',
        most: '2',
        schedule: 'nightly',
        enabled: 'yes',
      }),
    ),
  ).toEqual({
    name: 'news',
    query: 'is:new',
    channels: ['mail', 'pager'],
    digest: 'daily',
    at: '07:30',
    zone: 'Europe/Berlin',
    quiet: { from: '22:00', to: '07:00', days: [1, 0], unless: 'high' },
    escalate: { minutes: 30, channel: 'pager' },
    most: 2,
    schedule: 'nightly',
    enabled: true,
  }));
