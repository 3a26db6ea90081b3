import { useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

export function RunningScans() {
  const session = useSession();
  const { data } = useTool('list_tasks', { state: 'running' }, { enabled: session.can('scan:read') });
  if (!data) return null;
  return (
    <section className="my-6">
      <h2>{text.running_title()}</h2>
      {data.tasks.length === 0 && <p className="mt-1 text-quiet">{text.running_none()}</p>}
      <ul className="mt-2 grid gap-2">
        {data.tasks.map(({ task_id: id, target, tool, percent }) => (
          <li key={id} className="sheet p-3">
            <a href={`/scans/${id}`}>
              <Untrusted>{target}</Untrusted>
            </a>{' '}
            <span className="text-quiet">{tool}</span>
            <progress className="ms-2 align-middle" max={100} value={percent} aria-label={target} />{' '}
            {text.percent_done({ percent: Math.round(percent) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
