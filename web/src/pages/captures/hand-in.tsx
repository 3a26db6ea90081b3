import { type DragEvent, useId, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { number } from '../../parts/moment.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { useUpload } from './list.ts';

/** A place to drop a file, and a button for those who do not drag. */
export function HandIn({ onKept }: { onKept: (capture: { path: string }) => void }) {
  const session = useSession();
  const id = useId();
  const [over, setOver] = useState(false);
  const { mutate, isPending, error, variables, progress, giveUp } = useUpload(onKept);
  if (!session.can('capture:upload'))
    return <p className="my-3 text-sm text-quiet">{text.scans_needs_scope({ scope: 'capture:upload' })}</p>;
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file && !isPending) mutate(file);
  };
  const percent = Math.round(progress * 100);
  const stopped = error instanceof DOMException && error.name === 'AbortError';
  return (
    // Dropping is a second way: the field within takes a file from the keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: the control is the field within
    <div
      className={`my-4 rounded-lg border-2 border-dashed p-4 ${over ? 'border-accent bg-raised' : 'border-edge'}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id} className="font-semibold">
        {text.captures_hand_in()}
      </label>
      <p id={`${id}-hint`} className="text-sm text-quiet">
        {text.captures_hand_in_hint()}
      </p>
      <input
        id={id}
        type="file"
        className="field mt-2 max-w-full"
        accept=".pcap,.pcapng,.cap,.gz,.zst,.xz"
        aria-describedby={`${id}-hint`}
        disabled={isPending}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) mutate(file);
          target.value = '';
        }}
      />
      <div role="status" className="mt-2">
        {isPending && (
          <p className="flex flex-wrap items-center gap-2">
            <Untrusted>{variables.name}</Untrusted>
            <progress max={100} value={percent} aria-label={text.captures_sending()} />
            {percent < 100 ? text.scans_percent({ percent: number(percent) }) : text.captures_checking()}
            <button type="button" className="button" onClick={giveUp}>
              {text.cancel()}
            </button>
          </p>
        )}
      </div>
      {error && !stopped && <Problem error={error} />}
    </div>
  );
}
