/** Makes a schedule, or changes one in its place; beside it stands what each run would send. */
import { useState } from 'react';
import { useAct } from '../../api/call.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { argumentsOf } from '../new-scan/asked.ts';
import { Field, ScanFields } from '../new-scan/fields.tsx';
import { PlanView, usePlan } from '../new-scan/plan.tsx';
import { added, edited, type ScheduleForm } from './form.ts';

interface Props {
  before: ScheduleForm;
  /** It is not kept yet. */
  fresh: boolean;
  onDone: (name: string) => void;
  onClose: () => void;
}

export function EditSchedule({ before, fresh, onDone, onClose }: Props) {
  const [form, setForm] = useState(before);
  const { mutate, error, isPending } = useAct('set_schedule', ['list_schedules']);
  const scan = argumentsOf(form.scan);
  const plan = usePlan(scan);
  const asked = fresh ? added(form) : edited(before, form);
  const refused = plan.data?.allowed === false;
  return (
    <div className="grid items-start gap-5 xl:grid-cols-2">
      <form
        className="sheet grid gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (asked) mutate(asked, { onSuccess: ({ schedule }) => onDone(schedule.name) });
        }}
      >
        {fresh && (
          <Field name={text.name()} hint={text.schedules_name_hint()}>
            {(tied) => (
              <input
                {...tied}
                className="field w-full"
                value={form.name}
                onChange={({ target }) => setForm({ ...form, name: target.value })}
                pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
                required
              />
            )}
          </Field>
        )}
        <ScanFields form={form.scan} onChange={(of) => setForm({ ...form, scan: of })} />
        <TimeFields form={form} onChange={setForm} />
        {error && <Problem error={error} />}
        <div className="flex flex-wrap gap-2">
          <button type="submit" className="button button-main" disabled={!asked || refused || isPending}>
            {fresh ? text.schedules_make() : text.save()}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {text.cancel()}
          </button>
        </div>
      </form>
      <PlanView plan={plan} asked={scan !== undefined} />
    </div>
  );
}

/** Ready-made times; what each means stands beside it. */
const TIMES: readonly [string, () => string][] = [
  ['0 2 * * *', text.schedules_nightly],
  ['0 3 * * sun', text.schedules_sundays],
  ['@hourly', text.schedules_hourly],
  ['every 6h', text.schedules_six_hours],
];

function TimeFields({ form, onChange }: { form: ScheduleForm; onChange: (form: ScheduleForm) => void }) {
  const set = (part: Partial<ScheduleForm>) => onChange({ ...form, ...part });
  return (
    <fieldset className="grid gap-4">
      <legend className="mb-2 text-lg font-semibold">{text.schedules_when()}</legend>
      <div className="flex flex-wrap gap-2">
        {TIMES.map(([when, says]) => (
          <button
            key={when}
            type="button"
            className="chip min-h-7"
            aria-pressed={form.when === when}
            onClick={() => set({ when })}
          >
            {form.when === when && <span aria-hidden="true">✓</span>}
            {says()}
          </button>
        ))}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field name={text.schedules_rule()} hint={text.schedules_rule_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field font-mono"
              value={form.when}
              onChange={({ target }) => set({ when: target.value })}
              maxLength={128}
              required
            />
          )}
        </Field>
        <Field name={text.schedules_zone()} hint={text.schedules_zone_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field"
              value={form.zone}
              onChange={({ target }) => set({ zone: target.value })}
              maxLength={64}
              required
            />
          )}
        </Field>
        <Field name={text.schedules_window()} hint={text.schedules_window_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field font-mono"
              value={form.window}
              onChange={({ target }) => set({ window: target.value })}
              maxLength={200}
            />
          )}
        </Field>
        <Field name={text.schedules_jitter()} hint={text.schedules_jitter_hint()}>
          {(tied) => (
            <input
              {...tied}
              type="number"
              className="field"
              value={form.jitterMinutes}
              onChange={({ target }) => set({ jitterMinutes: Math.max(0, target.valueAsNumber || 0) })}
              min={0}
              max={1440}
              step="any"
            />
          )}
        </Field>
        <Field name={text.schedules_missed()}>
          {(tied) => (
            <select
              {...tied}
              className="field"
              value={form.missed}
              onChange={({ target }) => set({ missed: target.value === 'skip' ? 'skip' : 'run_once' })}
            >
              <option value="run_once">{text.schedules_run_once()}</option>
              <option value="skip">{text.schedules_leave_out()}</option>
            </select>
          )}
        </Field>
        <Field name={text.schedules_overlap()}>
          {(tied) => (
            <select
              {...tied}
              className="field"
              value={form.overlap}
              onChange={({ target }) => set({ overlap: target.value === 'queue' ? 'queue' : 'skip' })}
            >
              <option value="skip">{text.schedules_leave_out()}</option>
              <option value="queue">{text.schedules_let_wait()}</option>
            </select>
          )}
        </Field>
        <Field name={text.schedules_notify()} hint={text.schedules_notify_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field"
              value={form.notify}
              onChange={({ target }) => set({ notify: target.value })}
              maxLength={64}
            />
          )}
        </Field>
      </div>
    </fieldset>
  );
}
