import type { Answer } from '../../api/call.ts';

export type Alerting = Answer<'list_alerts'>;
