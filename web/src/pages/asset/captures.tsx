/** What captures showed of a host, and what is known of its address beside the scans. */
import { Link } from '@tanstack/react-router';
import type { Answer } from '../../api/call.ts';
import { useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

/** How the inventory names where a capture was taken (src/captures/look.ts). */
const CAPTURE = 'capture:';

export function Captures({ view }: { view: Answer<'get_asset'> }) {
  const seen = view.ports.filter(({ vantage }) => vantage.startsWith(CAPTURE));
  const files = [...Map.groupBy(seen, ({ vantage }) => vantage.slice(CAPTURE.length))];
  return (
    <>
      <h2>{text.asset_in_captures()}</h2>
      {files.length === 0 && <p className="mt-1 text-quiet">{text.asset_no_captures()}</p>}
      <ul className="mt-2 grid gap-2">
        {files.map(([file, ports]) => (
          <li key={file} className="sheet p-3">
            <Link to="/captures" search={{ path: file }} className="font-semibold">
              <Untrusted>{file}</Untrusted>
            </Link>
            <p>
              {text.asset_capture_answered()}{' '}
              <span className="font-mono">{ports.map(({ port }) => port).join(', ')}</span> ·{' '}
              <Moment at={ports[0]?.confirmed} />
            </p>
          </li>
        ))}
      </ul>
      <h2 className="mt-6">{text.asset_known_elsewhere()}</h2>
      {view.asset.address === undefined ? (
        <p className="text-quiet">{text.asset_no_addresses()}</p>
      ) : (
        <Enriched ip={view.asset.address} />
      )}
    </>
  );
}

function Enriched({ ip }: { ip: string }) {
  const allowed = useSession().can('capture:read');
  const { data, error, refetch } = useTool('enrich_ip', { ip }, { enabled: allowed });
  if (!allowed) return <p className="text-quiet">{text.asset_enrich_needs()}</p>;
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const { kind, range, asn, org, geo, names = [], local } = data.enrichment;
  const lines: [string, string | undefined][] = [
    [text.asset_kind(), kind],
    [text.asset_range(), range && `${range.block} ${range.name}`],
    [text.asset_asn(), asn === null ? undefined : `AS${asn} ${org ?? ''}`],
    [text.asset_country(), geo.country ?? undefined],
    [text.asset_names(), [...names, ...(local?.names ?? [])].join(', ') || undefined],
    [text.assets_vendor(), local?.vendor],
  ];
  return <Facts rows={lines} className="mt-2 max-w-2xl" />;
}
