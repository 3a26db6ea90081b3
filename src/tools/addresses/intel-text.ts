/** What is known of an address, in one line. */
import type { Enrichment } from '../../intel/enrichment.ts';

type Threat = Enrichment['threat'];

export function enrichmentLine(enrichment: Enrichment): string {
  const { ip, kind, asn, org, geo, threat, names, local, embedded, range } = enrichment;
  if (kind !== 'public') {
    return [
      `${ip}: ${kind}${range ? ` (${range.block}, ${range.name}, ${range.source})` : ''}`,
      ...(embedded ? [`holds ${embedded.ipv4} (${embedded.kind})`] : []),
      ...(local?.mac ? [`MAC ${local.mac}${local.vendor ? ` (${local.vendor})` : ''}`] : []),
      ...(local?.names ? [`names ${local.names.join(', ')}`] : []),
      ...(local?.asset
        ? [
            `host ${local.asset.name ?? local.asset.asset_id} of the inventory, ${local.asset.state}, since ${local.asset.first_seen.slice(0, 10)}`,
          ]
        : []),
      ...(local?.inventory
        ? [
            `scanned ${local.inventory.last_scanned}, open ${local.inventory.open_ports.join(', ') || 'nothing'}`,
          ]
        : []),
    ].join('; ');
  }
  return [
    `${ip}: public, ${asn === null ? 'network unknown' : `AS${asn} ${org ?? ''}`.trim()}, country ${geo.country ?? 'unknown'}`,
    ...(names ? [`names ${names.join(', ')}`] : []),
    `GreyNoise ${greynoise(threat.greynoise)}`,
    `OTX ${otx(threat.otx)}`,
  ].join('; ');
}

function greynoise(answer: Threat['greynoise']): string {
  if (answer.status !== 'ok') return `${answer.status} (${answer.reason})`;
  const { seen, classification = 'unclassified', actor, service, tags = [], last_seen } = answer;
  if (service) return `common service ${service.name}`;
  if (!seen) return 'never saw it scan';
  return [
    `${classification}${actor ? `, ${actor}` : ''}${last_seen ? `, last seen ${last_seen}` : ''}`,
    ...(tags.length > 0 ? [tags.join(', ')] : []),
  ].join(': ');
}

function otx(answer: Threat['otx']): string {
  if (answer.status !== 'ok') return `${answer.status} (${answer.reason})`;
  const words = [...(answer.malware_families ?? []), ...(answer.validation ?? [])];
  return `${answer.pulses} pulses${words.length > 0 ? `: ${words.join(', ')}` : ''}`;
}
