import type { FormEvent } from 'react';
import * as text from '../../texts/messages.js';
import { type ChangesView, changesView, SEVERITIES, SPANS } from './view.ts';

const SPAN_NAMES: Record<(typeof SPANS)[number], () => string> = {
  baseline: text.span_baseline,
  '24h': text.span_24h,
  '7d': text.span_7d,
  '30d': text.span_30d,
};
const SEVERITY_NAMES: Record<(typeof SEVERITIES)[number], () => string> = {
  info: text.severity_info,
  low: text.severity_low,
  medium: text.severity_medium,
  high: text.severity_high,
};

/** What is shown becomes the address of the page: it can be kept, sent, and gone back to. */
export function Filters({ view, onChange }: { view: ChangesView; onChange: (view: ChangesView) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const filled = [...fields].filter(([, value]) => value !== '');
    onChange(
      changesView({
        ...Object.fromEntries(filled),
        ...(fields.has('unconfirmed') ? { unconfirmed: true } : {}),
      }),
    );
  };
  return (
    <form key={JSON.stringify(view)} onSubmit={submit} className="my-4 flex flex-wrap items-end gap-3">
      <label className="grid gap-1 text-sm">
        {text.span()}
        <select name="since" className="field" defaultValue={view.since ?? 'baseline'}>
          {SPANS.map((span) => (
            <option key={span} value={span}>
              {SPAN_NAMES[span]()}
            </option>
          ))}
        </select>
      </label>
      <label className="grid gap-1 text-sm">
        {text.least_severity()}
        <select name="severity" className="field" defaultValue={view.severity ?? ''}>
          <option value="">{text.all()}</option>
          {SEVERITIES.map((severity) => (
            <option key={severity} value={severity}>
              {SEVERITY_NAMES[severity]()}
            </option>
          ))}
        </select>
      </label>
      <label className="grid min-w-0 grow gap-1 text-sm sm:max-w-sm">
        {text.query()}
        <input
          name="query"
          className="field font-mono"
          defaultValue={view.query}
          placeholder={text.query_hint()}
          spellCheck={false}
        />
      </label>
      <label className="flex min-h-9 items-center gap-2 text-sm">
        <input name="unconfirmed" type="checkbox" className="size-6" defaultChecked={view.unconfirmed} />
        {text.with_unconfirmed()}
      </label>
      <button type="submit" className="button">
        {text.apply()}
      </button>
    </form>
  );
}
