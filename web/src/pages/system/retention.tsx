/** What is kept and for how long: the settings about that, in words. */
import { number } from '../../parts/moment.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';
import { getLocale } from '../../texts/runtime.js';
import type { SystemReport } from './report.ts';
import { Source } from './source.tsx';

type Unit = 'day' | 'minute' | 'files';

const KEPT: readonly [setting: string, what: () => string, unit: Unit, zero?: () => string][] = [
  ['inventory.eventDays', text.system_keeps_changes, 'day'],
  ['scans.keepDays', text.system_keeps_scans, 'day'],
  ['captures.keepUploadsDays', text.system_keeps_captures, 'day'],
  ['logging.auditKeepFiles', text.system_keeps_audit, 'files', text.system_for_ever],
  ['logging.auditKeepDays', text.system_keeps_audit_days, 'day', text.system_for_ever],
  ['logging.keepFiles', text.system_keeps_log, 'files'],
  ['auth.sessionIdleMinutes', text.system_keeps_sessions, 'minute'],
];

export function Retention({ settings }: Pick<SystemReport, 'settings'>) {
  return (
    <section className="my-6">
      <h2>{text.system_retention()}</h2>
      <Scroll label={text.system_retention()} className="mt-2">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.system_kept()}</th>
              <th scope="col">{text.system_kept_for()}</th>
              <th scope="col">{text.system_setting()}</th>
              <th scope="col">{text.system_source()}</th>
            </tr>
          </thead>
          <tbody>
            {KEPT.map(([name, what, unit, zero]) => {
              const setting = settings.find((one) => one.name === name);
              return (
                <tr key={name}>
                  <th scope="row">{what()}</th>
                  <td className="tabular-nums">
                    {setting?.value === 0 && zero ? zero() : amount(setting?.value, unit)}
                  </td>
                  <td className="font-mono">{name}</td>
                  <td>
                    <Source of={setting?.source} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function amount(value: unknown, unit: Unit): string {
  if (typeof value !== 'number') return '–';
  if (unit === 'files') return text.system_files({ count: number(value) });
  return new Intl.NumberFormat(getLocale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
