/** What can be done about a scan: stop it, go on with it, have it once more, or again and again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { again, call, useAct } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { formOf, searchOf } from '../new-scan/asked.ts';
import type { OneTask } from './answers.ts';
import { isOver } from './task-state.tsx';

const READ_AGAIN = ['get_task_status', 'get_task_result', 'list_tasks'] as const;

export function Actions({ task }: { task: OneTask }) {
  const session = useSession();
  const over = isOver(task.status);
  const search = searchOf(formOf(task.again ?? {}));
  return (
    <div className="my-3 flex flex-wrap gap-2">
      {session.can('scan:run') ? (
        <>
          {!over && <Cancel task={task} />}
          {(task.status === 'failed' || task.status === 'cancelled') && <Resume id={task.task_id} />}
          <Link to="/scans/new" search={search} className="button">
            {text.scans_again()}
          </Link>
        </>
      ) : (
        <p className="text-sm text-quiet">{text.scans_needs_scope({ scope: 'scan:run' })}</p>
      )}
      {session.can('schedules:write') && (
        <Link to="/schedules" search={{ ...search, new: true }} className="button">
          {text.scans_make_schedule()}
        </Link>
      )}
      {over && (
        <Link to="/scans" search={{ with: task.task_id }} className="button">
          {text.scans_compare()}
        </Link>
      )}
    </div>
  );
}

function Cancel({ task }: { task: OneTask }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { mutate, error, isPending } = useAct('cancel_task', READ_AGAIN);
  return (
    <>
      <button type="button" className="button" onClick={() => dialog.current?.showModal()}>
        {text.scans_stop()}
      </button>
      <dialog ref={dialog} aria-labelledby="stop-title">
        <h2 id="stop-title">{text.scans_stop_question()}</h2>
        <p className="my-3">
          <Untrusted>{task.target}</Untrusted>: {text.scans_stop_keeps()}
        </p>
        {error && <Problem error={error} />}
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {text.scans_stop_not()}
          </button>
          <button
            type="button"
            className="button button-main"
            disabled={isPending}
            onClick={() => mutate({ task_id: task.task_id }, { onSuccess: () => dialog.current?.close() })}
          >
            {text.scans_stop()}
          </button>
        </div>
      </dialog>
    </>
  );
}

function Resume({ id }: { id: string }) {
  const client = useQueryClient();
  const { mutate, error, isPending } = useMutation({
    // Its progress is followed, not waited for.
    mutationFn: () => call('resume_task', { task_id: id }, { detach: true }),
    onSettled: () => again(client, READ_AGAIN),
  });
  return (
    <>
      <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
        {text.scans_resume()}
      </button>
      {error && <Problem error={error} />}
    </>
  );
}
