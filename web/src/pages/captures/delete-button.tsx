import { useRef } from 'react';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { useDelete } from './list.ts';

/** Asks before it deletes: nothing brings a file back. */
export function DeleteButton({ path, onGone }: { path: string; onGone: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { mutate, error, isPending } = useDelete();
  return (
    <>
      <button
        type="button"
        className="button"
        aria-label={text.captures_delete_one({ file: path })}
        onClick={() => dialog.current?.showModal()}
      >
        {text.captures_delete()}
      </button>
      <dialog ref={dialog} aria-label={text.captures_delete_question()}>
        <h2>{text.captures_delete_question()}</h2>
        <p className="my-3">
          <Untrusted>{path}</Untrusted>: {text.captures_delete_what()}
        </p>
        {error && <Problem error={error} />}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {text.cancel()}
          </button>
          <button
            type="button"
            className="button button-main"
            disabled={isPending}
            onClick={() => mutate(path, { onSuccess: onGone })}
          >
            {text.captures_delete()}
          </button>
        </div>
      </dialog>
    </>
  );
}
