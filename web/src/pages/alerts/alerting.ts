import type { Answer, Arguments } from '../../api/call.ts';

export type Alerting = Answer<'list_alerts'>;
export type Rule = Alerting['rules'][number];
export type RuleSet = NonNullable<Arguments<'set_alert'>['rule']>;
export type Delivery = NonNullable<Alerting['deliveries']>[number];
