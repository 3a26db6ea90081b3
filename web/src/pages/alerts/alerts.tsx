/** Where changes are told: channels, the rules that choose, planned work, and what became of each message. */
import { getRouteApi } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { Channels } from './channels.tsx';
import { Deliveries } from './deliveries.tsx';
import { Rules } from './rules.tsx';
import { Windows } from './windows.tsx';

const route = getRouteApi('/inside/alerts');
/** As many messages as the tool tells at most. */
const MOST = 500;

export function Alerts() {
  const { deliveries: state } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useTool('list_alerts', { deliveries: state ?? 'all', limit: MOST });
  return (
    <>
      <h1>{text.alerts_title()}</h1>
      <p className="mt-1 text-quiet">{text.alerts_lead()}</p>
      {error && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && (
        <>
          <Channels alerting={data} />
          <Rules alerting={data} />
          <Windows windows={data.windows} />
          <Deliveries
            deliveries={data.deliveries ?? []}
            most={MOST}
            state={state}
            onState={(deliveries) => void navigate({ search: { deliveries } })}
          />
        </>
      )}
    </>
  );
}
