/** OCSF 1.8.0 events, one a line: assets as Device Inventory Info (5001), changes as Detection Findings (2004). */
import type { Asset, Severity } from '../../core/asset.ts';
import { addressesOf, macsOf, openPortsOf, titleOf } from './asset-words.ts';
import type { ExportFormat, Incident } from './format.ts';

const SEVERITIES: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4 };

export const ocsf: ExportFormat = {
  name: 'ocsf',
  title: 'OCSF 1.8.0, JSON Lines',
  mediaType: 'application/x-ndjson',
  async *write({ assets, incidents, now, since, version }) {
    const metadata = { version: '1.8.0', product: { name: 'Portolan', vendor_name: 'Portolan', version } };
    for await (const asset of assets) yield `${JSON.stringify({ ...deviceOf(asset, now), metadata })}\n`;
    for await (const incident of incidents)
      yield `${JSON.stringify({ ...findingOf(incident, since), metadata })}\n`;
  },
};

function deviceOf(asset: Asset, now: number) {
  const [ip] = addressesOf(asset);
  const [mac] = macsOf(asset);
  return {
    activity_id: 2, // Collect
    category_uid: 5,
    class_uid: 5001,
    type_uid: 500_102,
    severity_id: 1,
    time: now,
    device: {
      uid: asset.uid,
      type_id: 0, // Unknown
      name: titleOf(asset),
      ...(asset.name === undefined ? {} : { hostname: asset.name }),
      ...(ip === undefined ? {} : { ip }),
      ...(mac === undefined ? {} : { mac }),
      ...(asset.vendor === undefined ? {} : { vendor_name: asset.vendor }),
      ...(asset.os === undefined ? {} : { os: { name: asset.os.name, type_id: 0 } }),
      first_seen_time: asset.firstSeen,
      last_seen_time: asset.lastSeen,
    },
    unmapped: {
      site: asset.site,
      open_ports: openPortsOf(asset).map(({ port, protocol }) => `${port}/${protocol}`),
    },
  };
}

const isOver = (state: Incident['state']) => state === 'closed' || state === 'accepted';

function findingOf({ event, state }: Incident, since: number) {
  const activity = isOver(state) ? 3 : event.seenAt >= since ? 1 : 2; // Close, Create, Update
  const { address, port, asset, before, after } = event;
  return {
    activity_id: activity,
    category_uid: 2,
    class_uid: 2004,
    type_uid: 200_400 + activity,
    severity_id: SEVERITIES[event.severity],
    status_id: isOver(state) ? 4 : state === 'muted' ? 3 : state === 'acknowledged' ? 2 : 1, // Resolved, Suppressed, In Progress, New
    time: event.seenAt,
    finding_info: {
      uid: event.dedupeKey,
      title: event.kind,
      desc: [before, after].filter((one) => one !== undefined).join(' → '),
      created_time: event.at,
      analytic: { uid: event.rule, type_id: 1 },
    },
    ...(asset === undefined
      ? {}
      : { resources: [{ uid: asset, ...(address === undefined ? {} : { name: address }) }] }),
    ...(address === undefined
      ? {}
      : { evidences: [{ dst_endpoint: { ip: address, ...(port === undefined ? {} : { port }) } }] }),
  };
}
