/** Between a rule, the form that changes it, and the arguments of set_alert. */

import { formWords } from '../../parts/form-words.ts';
import type { SeverityName } from '../../parts/severity.tsx';
import type { RuleSet } from './alerting.ts';

export const DIGEST_NAMES = ['each', 'hourly', 'daily'] as const;
export const SEVERITY_NAMES: readonly SeverityName[] = ['high', 'medium', 'low', 'info'];

/** What the fields say; what is left empty is not said, so that the server's own holds. */
export function ruleOf(fields: FormData): RuleSet {
  const text = formWords(fields);
  const digest = DIGEST_NAMES.find((one) => one === text('digest')) ?? 'each';
  const days = fields.getAll('days').map(Number);
  const unless = SEVERITY_NAMES.find((one) => one === text('unless'));
  const minutes = Number(text('minutes'));
  return {
    name: text('name'),
    query: text('query'),
    channels: fields.getAll('channels').map(String),
    digest,
    ...(digest === 'daily' && text('at') !== '' ? { at: text('at') } : {}),
    ...(text('zone') === '' ? {} : { zone: text('zone') }),
    ...(text('from') === '' || text('to') === ''
      ? {}
      : {
          quiet: {
            from: text('from'),
            to: text('to'),
            ...(days.length === 0 ? {} : { days }),
            ...(unless === undefined ? {} : { unless }),
          },
        }),
    ...(minutes > 0 && text('escalate') !== '' ? { escalate: { minutes, channel: text('escalate') } } : {}),
    most: Number(text('most')) || 6,
    ...(text('schedule') === '' ? {} : { schedule: text('schedule') }),
    enabled: fields.get('enabled') !== null,
  };
}
