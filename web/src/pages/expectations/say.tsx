/** The two ways to say what is expected: an entry, and all that is open now. */
import type { FormEvent } from 'react';
import { useAct } from '../../api/call.ts';
import { formWords } from '../../parts/form-words.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';

const EFFECT_NAMES = [
  ['allow', text.expectations_allow],
  ['require', text.expectations_require],
  ['forbid', text.expectations_forbid],
] as const;
const PROTOCOLS = ['tcp', 'udp', 'sctp', 'ip'] as const;

const useSay = () =>
  useAct('set_expectations', ['list_expectations', 'find_assets', 'get_asset', 'what_changed']);

function fieldsOf(event: FormEvent<HTMLFormElement>) {
  event.preventDefault();
  return formWords(new FormData(event.currentTarget));
}

/** The end of a day that a field of the type date names, as the tools take it. */
function endOfDay(day: string): { until?: string } {
  return day === '' ? {} : { until: new Date(`${day}T23:59:59`).toISOString() };
}

export function AddExpectation() {
  const { mutate, error, isPending, data } = useSay();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const field = fieldsOf(event);
    const effect = EFFECT_NAMES.find(([name]) => name === field('effect'))?.[0] ?? 'allow';
    const protocol = PROTOCOLS.find((name) => name === field('protocol')) ?? 'tcp';
    mutate({
      add: [
        {
          hosts: field('hosts'),
          ports: field('ports'),
          reason: field('reason'),
          effect,
          protocol,
          ...endOfDay(field('until')),
        },
      ],
    });
  };
  return (
    <form onSubmit={submit} className="sheet grid content-start gap-3 p-4">
      <h2>{text.expectations_add()}</h2>
      <Field name="hosts" label={text.expectations_hosts()} required placeholder="tag:web net:10.0.0.0/8" />
      <div className="grid grid-cols-2 gap-3">
        <Field name="ports" label={text.expectations_ports()} required placeholder="22,80,1000-1010" />
        <label className="grid gap-1">
          tcp / udp
          <select name="protocol" className="field">
            {PROTOCOLS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <label className="grid gap-1">
        {text.expectations_effect()}
        <select name="effect" className="field">
          {EFFECT_NAMES.map(([name, words]) => (
            <option key={name} value={name}>
              {words()}
            </option>
          ))}
        </select>
      </label>
      <Field name="reason" label={text.reason_label()} required />
      <Field name="until" label={text.until_label()} type="date" />
      <Outcome error={error} added={data?.added.length} />
      <button type="submit" className="button button-main justify-self-start" disabled={isPending}>
        {text.expectations_add()}
      </button>
    </form>
  );
}

export function AcceptPresent() {
  const { mutate, error, isPending, data } = useSay();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const field = fieldsOf(event);
    mutate({ present: field('present'), reason: field('reason'), ...endOfDay(field('until')) });
  };
  return (
    <form onSubmit={submit} className="sheet grid content-start gap-3 p-4">
      <h2>{text.expectations_present()}</h2>
      <p className="text-quiet">{text.expectations_present_why()}</p>
      <Field name="present" label={text.expectations_hosts()} required placeholder="net:10.0.0.0/24" />
      <Field name="reason" label={text.reason_label()} required />
      <Field name="until" label={text.until_label()} type="date" />
      <Outcome error={error} added={data?.added.length} />
      <button type="submit" className="button button-main justify-self-start" disabled={isPending}>
        {text.expectations_present()}
      </button>
    </form>
  );
}

function Field({
  name,
  label,
  type = 'text',
  required = false,
  placeholder,
}: {
  name: string;
  label: string;
  type?: 'text' | 'date';
  required?: boolean;
  placeholder?: string;
}) {
  return (
    <label className="grid gap-1">
      {label}
      <input
        name={name}
        type={type}
        required={required}
        placeholder={placeholder}
        className="field"
        maxLength={2000}
      />
    </label>
  );
}

function Outcome({ error, added }: { error: Error | null; added: number | undefined }) {
  return (
    <div role="status">
      {error && <Problem error={error} />}
      {added !== undefined && text.expectations_added({ count: added })}
    </div>
  );
}
