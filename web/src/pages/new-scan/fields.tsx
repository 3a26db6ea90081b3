import { type ReactNode, useId } from 'react';
import { useSession } from '../../api/session.ts';
import * as text from '../../texts/messages.js';
import type { ScanForm } from './asked.ts';
import { KINDS, POLITENESS, STRATEGIES } from './view.ts';

const KIND_NAMES: Record<ScanForm['kind'], [() => string, () => string]> = {
  quick: [text.newscan_quick, text.newscan_quick_what],
  core: [text.newscan_core, text.newscan_core_what],
  full: [text.newscan_full, text.newscan_full_what],
  ports: [text.newscan_ports, text.newscan_ports_what],
  hosts: [text.newscan_hosts, text.newscan_hosts_what],
  custom: [text.newscan_custom, text.newscan_custom_what],
};
const POLITENESS_NAMES: Record<(typeof POLITENESS)[number], () => string> = {
  gentle: text.newscan_gentle,
  normal: text.newscan_normal,
  fast: text.newscan_fast,
};
const STRATEGY_NAMES: Record<(typeof STRATEGIES)[number], () => string> = {
  adaptive: text.newscan_adaptive,
  plain: text.newscan_plain,
};

/** What is scanned, and how; the same for a scan and for a schedule. */
export function ScanFields({ form, onChange }: { form: ScanForm; onChange: (form: ScanForm) => void }) {
  const set = (part: Partial<ScanForm>) => onChange({ ...form, ...part });
  return (
    <>
      {form.kind !== 'custom' && (
        <Field name={text.newscan_target()} hint={text.newscan_target_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field w-full font-mono"
              value={form.target}
              onChange={({ target }) => set({ target: target.value })}
              spellCheck={false}
              autoCapitalize="off"
              maxLength={4096}
            />
          )}
        </Field>
      )}
      <fieldset className="grid gap-1.5">
        <legend className="font-semibold">{text.newscan_what()}</legend>
        {KINDS.map((kind) => (
          <label key={kind} className="flex min-h-7 items-start gap-2">
            <input
              type="radio"
              name="kind"
              className="mt-0.5 size-5 shrink-0"
              checked={form.kind === kind}
              onChange={() => set({ kind })}
            />
            <span>
              {KIND_NAMES[kind][0]()} <span className="text-sm text-quiet">{KIND_NAMES[kind][1]()}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {form.kind === 'ports' && (
        <Field name={text.newscan_port_list()} hint={text.newscan_port_list_hint()}>
          {(tied) => (
            <input
              {...tied}
              className="field w-full font-mono"
              value={form.ports}
              onChange={({ target }) => set({ ports: target.value })}
              spellCheck={false}
              maxLength={2048}
            />
          )}
        </Field>
      )}
      {form.kind === 'custom' && (
        <Field name={text.newscan_command()} hint={text.newscan_command_hint()}>
          {(tied) => (
            <textarea
              {...tied}
              className="field w-full font-mono"
              rows={3}
              value={form.command}
              onChange={({ target }) => set({ command: target.value })}
              spellCheck={false}
              maxLength={4096}
            />
          )}
        </Field>
      )}
      {form.kind !== 'custom' && (
        <div className="flex flex-wrap gap-3">
          <Field name={text.newscan_politeness()} hint={text.newscan_politeness_hint()}>
            {(tied) => (
              <select
                {...tied}
                className="field"
                value={form.politeness ?? ''}
                onChange={({ target }) => set({ politeness: POLITENESS.find((one) => one === target.value) })}
              >
                <option value="">{text.newscan_as_usual()}</option>
                {POLITENESS.map((one) => (
                  <option key={one} value={one}>
                    {POLITENESS_NAMES[one]()}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field name={text.newscan_strategy()} hint={text.newscan_strategy_hint()}>
            {(tied) => (
              <select
                {...tied}
                className="field"
                value={form.strategy ?? ''}
                onChange={({ target }) => set({ strategy: STRATEGIES.find((one) => one === target.value) })}
              >
                <option value="">{text.newscan_as_usual()}</option>
                {STRATEGIES.map((one) => (
                  <option key={one} value={one}>
                    {STRATEGY_NAMES[one]()}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      )}
      <From scanner={form.scanner} onChange={(scanner) => set({ scanner })} />
    </>
  );
}

/** Where it is scanned from: here, or from a machine of the configuration. */
function From({
  scanner,
  onChange,
}: {
  scanner: string | undefined;
  onChange: (scanner: string | undefined) => void;
}) {
  const { scanners } = useSession();
  // One that is gone since stays to be seen: the plan says what is wrong with it.
  const names = scanner === undefined || scanners.includes(scanner) ? scanners : [...scanners, scanner];
  if (names.length === 0) return <p className="text-sm text-quiet">{text.newscan_only_here()}</p>;
  return (
    <Field name={text.newscan_from()} hint={text.newscan_from_hint()}>
      {(tied) => (
        <select
          {...tied}
          className="field"
          value={scanner ?? ''}
          onChange={({ target }) => onChange(names.find((one) => one === target.value))}
        >
          <option value="">{text.newscan_from_here()}</option>
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** What ties a control to its name and to what it takes. */
interface Tied {
  id: string;
  'aria-describedby'?: string;
}

/** A control with its name above and what it takes below. */
export function Field({
  name,
  hint,
  children,
}: {
  name: string;
  hint?: string;
  children: (tied: Tied) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="grid min-w-0 content-start gap-1">
      <label htmlFor={id} className="font-semibold">
        {name}
      </label>
      {children({ id, ...(hint ? { 'aria-describedby': `${id}-hint` } : {}) })}
      {hint && (
        <span id={`${id}-hint`} className="text-sm text-quiet">
          {hint}
        </span>
      )}
    </div>
  );
}
