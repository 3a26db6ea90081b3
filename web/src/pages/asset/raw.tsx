/** All that is known, for programs and for pasting elsewhere. */
import { useState } from 'react';
import type { Answer } from '../../api/call.ts';
import { request } from '../../api/request.ts';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

const FORMATS = [
  { format: 'json', name: 'JSON' },
  { format: 'markdown', name: 'Markdown' },
  { format: 'nmap-xml', name: 'nmap XML' },
  { format: 'csv', name: 'CSV' },
] as const;

export function Raw({ view }: { view: Answer<'get_asset'> }) {
  const [copied, setCopied] = useState('');
  const [error, setError] = useState<unknown>();
  const query = `id:${view.asset.asset_id}`;
  const address = (format: string) =>
    `/inventory/export/${format}?${new URLSearchParams({ query, archived: 'true' })}`;
  const copy = async (format: string, name: string) => {
    try {
      const answer = await request(address(format), { headers: { Accept: '*/*' } });
      await navigator.clipboard.writeText(await answer.text());
      setCopied(text.asset_copied({ format: name }));
      setError(undefined);
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <>
      <ul className="flex flex-wrap gap-2">
        {FORMATS.map(({ format, name }) => (
          <li key={format} className="flex">
            <button type="button" className="button rounded-e-none" onClick={() => void copy(format, name)}>
              {text.asset_copy({ format: name })}
            </button>
            <a className="button rounded-s-none border-s-0" href={address(format)} download>
              <span aria-hidden="true">↓</span>
              <span className="sr-only">{text.asset_download({ format: name })}</span>
            </a>
          </li>
        ))}
      </ul>
      <p role="status" className="mt-1 text-sm">
        {copied}
      </p>
      {error !== undefined && <Problem error={error} />}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard (WCAG 2.1.1)
        tabIndex={0}
        className="sheet mt-3 max-h-[70dvh] overflow-auto p-3 text-sm"
      >
        {JSON.stringify(view, null, 2)
          .split('\n')
          .map((line, at) => (
            <div key={at}>
              <Untrusted>{line}</Untrusted>
            </div>
          ))}
      </pre>
    </>
  );
}
