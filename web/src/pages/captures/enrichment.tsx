import { useTool } from '../../api/call.ts';
import { Facts } from '../../parts/facts.tsx';
import { Problem, Waiting } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { useToken } from './token.tsx';

/** Whose address it is, from what is known here first. */
export function Enrichment({ ip }: { ip: string }) {
  const { data, error } = useTool('enrich_ip', { ip, ...useToken() });
  if (error) return <Problem error={error} />;
  if (!data) return <Waiting />;
  const { kind, range, asn, org, geo, names = [], local, threat } = data.enrichment;
  const rows: [string, string | undefined][] = [
    [text.scans_kind(), [kind, range && `${range.block} ${range.name}`].filter(Boolean).join(' · ')],
    [text.captures_network(), asn === null ? undefined : `AS${asn} ${org ?? ''}`],
    [text.captures_country(), geo.country ?? undefined],
    [text.name(), [...names, ...(local?.names ?? [])].join(', ') || undefined],
    ['MAC', local?.mac && `${local.mac} ${local.vendor ?? ''}`],
    [text.scans_open_only(), local?.inventory?.open_ports.join(', ')],
    ['OTX', threat.otx.status === 'ok' ? `${threat.otx.pulses}` : threat.otx.reason],
    [
      'GreyNoise',
      threat.greynoise.status === 'ok'
        ? (threat.greynoise.classification ?? (threat.greynoise.seen ? text.yes() : text.no()))
        : threat.greynoise.reason,
    ],
  ];
  return <Facts rows={rows} className="mt-3 text-sm" />;
}
