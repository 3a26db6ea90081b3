/** An asset as one line: a model pays for each word, so it has what one looks for in a list and no more. */
import type { Asset, Service } from '../../core/asset.ts';
import type { AssetRow } from '../../inventory/service.ts';

/** Explains the lines below it. */
export const LINE_FORMAT =
  'address name (vendor): open ports, last seen; new! = opened lately and not decided about';

/** About 1,450 tokens: such lines come to less than two characters a token. */
const LINES_BUDGET = 2600;

/** How much a line tells; the last is for pages that would be too long otherwise. */
const DETAILS = [
  { vendor: true, wholeName: true, ports: 12 },
  { vendor: false, wholeName: true, ports: 12 },
  { vendor: false, wholeName: false, ports: 6 },
] as const;
type Detail = (typeof DETAILS)[number];

/** A line for each, as detailed as there is room. */
export function assetLines(rows: readonly AssetRow[], now: number): string[] {
  for (const detail of DETAILS) {
    const lines = rows.map((row) => assetLine(row, now, detail));
    if (lines.reduce((sum, line) => sum + line.length, 0) <= LINES_BUDGET) return lines;
  }
  return rows.map((row) => assetLine(row, now, DETAILS[2]));
}

export function assetLine({ asset, open }: AssetRow, now: number, detail: Detail = DETAILS[0]): string {
  const ports = openServices(asset);
  const fresh = new Set(open.map(({ event: { protocol, port } }) => `${protocol}/${port}`));
  const shown = ports
    .slice(0, detail.ports)
    .map((service) => `${portWord(service)}${fresh.has(`${service.protocol}/${service.port}`) ? '!' : ''}`);
  const more = ports.length > shown.length ? ` +${ports.length - shown.length}` : '';
  const name = detail.wholeName ? asset.name : asset.name?.split('.')[0];
  const head = [
    addressOf(asset) ?? asset.uid,
    name ?? '',
    detail.vendor && asset.vendor ? `(${asset.vendor})` : '',
  ];
  return [
    `${head.filter((word) => word !== '').join(' ')}:`,
    `${shown.join(' ') || 'no open port'}${more},`,
    `${age(now - asset.lastSeen)}${asset.state === 'present' ? '' : ` ${asset.state}`}`,
  ].join(' ');
}

/** The address it has now; of several the first. */
export function addressOf(asset: Pick<Asset, 'addresses'>): string | undefined {
  return (asset.addresses.find(({ to }) => to === undefined) ?? asset.addresses.at(-1))?.address;
}

/** Its open ports, each once whatever the vantage, by number. */
export function openServices(asset: Pick<Asset, 'services'>): Service[] {
  const seen = new Map<string, Service>();
  for (const service of asset.services) {
    if (service.word === 'open') seen.set(`${service.protocol}/${service.port}`, service);
  }
  return [...seen.values()].sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
}

const portWord = ({ port, protocol }: Service) => (protocol === 'tcp' ? `${port}` : `${port}/${protocol}`);

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
] as const;

/** `9d`, `2h`, `5m`, `now`. */
export function age(ms: number): string {
  const unit = UNITS.find((one) => ms >= one.ms);
  return unit ? `${Math.floor(ms / unit.ms)}${unit.name}` : 'now';
}
