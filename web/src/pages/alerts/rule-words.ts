/** What a rule says of times, line by line. */
import { number } from '../../parts/moment.tsx';
import { severityWord } from '../../parts/severity.tsx';
import * as text from '../../texts/messages.js';
import type { Rule } from './alerting.ts';
import { dayName } from './days.ts';

export function timesOf({ digest, at, quiet, zone, escalate, schedule }: Rule): string[] {
  const days = quiet?.days?.map((day) => dayName(day, 'short')).join(', ');
  return [
    ...(digest === 'daily' ? [text.alerts_daily_at({ time: at ?? '08:00' })] : []),
    ...(quiet ? [text.alerts_quiet_times({ from: quiet.from, to: quiet.to })] : []),
    ...(days ? [days] : []),
    ...(quiet?.unless ? [text.alerts_unless_is({ severity: severityWord(quiet.unless) })] : []),
    ...(zone ? [zone] : []),
    ...(escalate
      ? [text.alerts_escalates({ minutes: number(escalate.minutes), channel: escalate.channel })]
      : []),
    ...(schedule ? [text.alerts_only_schedule({ name: schedule })] : []),
  ];
}
