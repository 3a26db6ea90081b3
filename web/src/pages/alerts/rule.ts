/** Between a rule, the form that changes it, and the arguments of set_alert. */
import type { SeverityName } from '../../parts/severity.tsx';
import type { RuleSet } from './alerting.ts';

export const DIGEST_NAMES = ['each', 'hourly', 'daily'] as const;
export const SEVERITY_NAMES: readonly SeverityName[] = ['high', 'medium', 'low', 'info'];

/** What the fields say; what is left empty is not said, so that the server's own holds. */
export function ruleOf(fields: FormData): RuleSet {
  const text = (name: string) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const said = <Name extends string>(name: Name): { [K in Name]?: string } =>
    text(name) === '' ? {} : ({ [name]: text(name) } as { [K in Name]?: string });
  const digest = DIGEST_NAMES.find((one) => one === text('digest')) ?? 'each';
  const days = fields.getAll('days').map(Number);
  const unless = SEVERITY_NAMES.find((one) => one === text('unless'));
  const minutes = Number(text('minutes'));
  return {
    name: text('name'),
    query: text('query'),
    channels: fields.getAll('channels').map(String),
    digest,
    ...(digest === 'daily' ? said('at') : {}),
    ...said('zone'),
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
    ...said('schedule'),
    enabled: fields.get('enabled') !== null,
  };
}
