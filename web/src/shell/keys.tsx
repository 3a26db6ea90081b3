/** Keys of a page: what they do stands behind `?`, and none acts while somebody types. */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import * as text from '../texts/messages.js';

export interface Key {
  /** As `KeyboardEvent.key` has it. */
  key: string;
  does: string;
  act: (event: KeyboardEvent) => void;
}

let known: readonly Key[] = [];
const watchers = new Set<() => void>();

/** Keys that hold while the page is open. */
export function useKeys(keys: readonly Key[]): void {
  useEffect(() => {
    known = keys;
    for (const tell of watchers) tell();
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const found = keys.find(({ key }) => key === event.key);
      if (!found) return;
      event.preventDefault();
      found.act(event);
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
      known = [];
    };
  }, [keys]);
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest('input:not([type=checkbox], [type=radio]), textarea, select, dialog') !== null;
}

/** The list of them, in a dialog that `?` opens. */
export function KeyHints() {
  const dialog = useRef<HTMLDialogElement>(null);
  const keys = useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => known,
  );
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === '?' && !typing(event.target)) dialog.current?.showModal();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="keys-title">
      <h2 id="keys-title">{text.keys_title()}</h2>
      <dl className="my-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {[{ key: '?', does: text.keys_this() }, ...keys].map(({ key, does }) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded border border-edge bg-raised px-1.5 font-mono">{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit" className="button">
          {text.close()}
        </button>
      </form>
    </dialog>
  );
}
