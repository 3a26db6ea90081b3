import { Failure, UNREACHABLE } from '../api/failure.ts';
import * as text from '../texts/messages.js';

/** What went wrong and what to do, as the API says it. What the server said is in English. */
export function Problem({ error, retry }: { error: unknown; retry?: () => void }) {
  const failure = error instanceof Failure ? error : undefined;
  const unreachable = failure?.code === UNREACHABLE;
  return (
    <div role="alert" className="sheet my-4 border-s-4 border-s-high p-4">
      <p className="font-semibold">
        {unreachable ? text.unreachable() : (failure?.message ?? String(error))}
      </p>
      <p className="mt-1">{unreachable ? text.unreachable_next() : failure?.next}</p>
      {failure && !unreachable && (
        <p className="mt-1 text-sm text-quiet">
          {text.error_code()} <code>{failure.code}</code>
        </p>
      )}
      {retry && (
        <button type="button" className="button mt-3" onClick={retry}>
          {text.try_again()}
        </button>
      )}
    </div>
  );
}

/** While something is on its way. Said to screen readers once. */
export function Waiting() {
  return (
    <p role="status" className="p-4 text-quiet">
      {text.loading()}
    </p>
  );
}
