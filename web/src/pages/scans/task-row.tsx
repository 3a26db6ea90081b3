import { Link } from '@tanstack/react-router';
import { duration } from '../../parts/duration.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Task } from './answers.ts';
import { toolName } from './names.ts';
import { isOver, StateOf } from './task-state.tsx';

/** @param other the scan that is to be compared with this one, once somebody chose it */
export function TaskRow({ task, other }: { task: Task; other: string | undefined }) {
  const { task_id: id, status, target, started_at: started, ended_at: ended } = task;
  return (
    <tr className={id === other ? 'bg-raised' : ''}>
      <td>
        <StateOf task={status} />
        {status === 'running' && (
          <div className="text-sm whitespace-nowrap text-quiet">
            <progress className="w-20 align-middle" max={100} value={task.percent} aria-label={target} />{' '}
            {text.scans_percent({ percent: number(Math.round(task.percent)) })}
          </div>
        )}
        {task.error && (
          <div className="text-sm text-quiet">
            <code>{task.error.code}</code>
          </div>
        )}
      </td>
      <th scope="row" className="max-w-80 font-normal">
        <Link to="/scans/$task" params={{ task: id }} search={{}}>
          <Untrusted>{target}</Untrusted>
        </Link>
        {task.recheck_of && <div className="text-sm text-quiet">{text.scans_recheck()}</div>}
      </th>
      <td>{toolName(task.tool)}</td>
      <td className="whitespace-nowrap">
        {text.scans_hosts_up({ count: task.hosts_up })}
        <div className="text-sm text-quiet">{text.scans_open_ports({ count: task.open_ports })}</div>
      </td>
      <td>
        <Moment at={task.created_at} />
      </td>
      <td className="whitespace-nowrap">
        {started && ended ? duration((Date.parse(ended) - Date.parse(started)) / 1000) : '–'}
      </td>
      <td>{isOver(status) && <Comparing id={id} target={target} other={other} />}</td>
    </tr>
  );
}

/** First one is chosen, then the one that it is held against. */
function Comparing({ id, target, other }: { id: string; target: string; other: string | undefined }) {
  if (id === other) return text.scans_chosen();
  if (other === undefined)
    return (
      <Link
        to="/scans"
        search={(view) => ({ ...view, with: id })}
        className="button"
        aria-label={text.scans_compare_one({ target })}
      >
        {text.scans_compare()}
      </Link>
    );
  return (
    <Link
      to="/scans/compare"
      search={{ a: other, b: id }}
      className="button button-main"
      aria-label={text.scans_compare_with({ target })}
    >
      {text.scans_with_this()}
    </Link>
  );
}
