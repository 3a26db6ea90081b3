/** An asset as one line: a model pays for each word, so it has what one looks for in a list and no more. */
import type { Asset, Service } from '../../core/asset.ts';
import type { AssetRow, AssetView } from '../../inventory/service.ts';

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

export function assetLine(row: AssetRow, now: number, detail: Detail = DETAILS[0]): string {
  const fresh = new Set(row.fresh.map(({ protocol, port }) => `${protocol}/${port}`));
  const shown = row.open
    .slice(0, detail.ports)
    .map((one) => `${portWord(one)}${fresh.has(`${one.protocol}/${one.port}`) ? '!' : ''}`);
  const more = row.openPorts > shown.length ? ` +${row.openPorts - shown.length}` : '';
  const name = detail.wholeName ? row.name : row.name?.split('.')[0];
  const head = [
    row.addresses[0] ?? row.uid,
    name ?? '',
    detail.vendor && row.vendor ? `(${row.vendor})` : '',
  ];
  return [
    `${head.filter((word) => word !== '').join(' ')}:`,
    `${shown.join(' ') || 'no open port'}${more},`,
    `${age(now - row.lastSeen)}${row.state === 'present' ? '' : ` ${row.state}`}`,
  ].join(' ');
}

/** The address it has now; of several the first. */
export function addressOf(asset: Pick<Asset, 'addresses'>): string | undefined {
  return (asset.addresses.find(({ to }) => to === undefined) ?? asset.addresses.at(-1))?.address;
}

const portWord = ({ port, protocol }: Pick<Service, 'port' | 'protocol'>) =>
  protocol === 'tcp' ? `${port}` : `${port}/${protocol}`;

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

/** An asset that was read whole, as a list tells it; as of a moment it has the addresses that it had then. */
export function rowOf({ asset, changes, asOf }: Pick<AssetView, 'asset' | 'changes' | 'asOf'>): AssetRow {
  const open = new Map<string, Pick<Service, 'port' | 'protocol'>>();
  for (const { word, port, protocol } of asset.services)
    if (word === 'open') open.set(`${protocol}/${port}`, { port, protocol });
  const listed = [...open.values()].sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
  return {
    ...asset,
    addresses: asset.addresses.flatMap(({ address, to }) =>
      to === undefined || asOf !== undefined ? [address] : [],
    ),
    open: listed,
    openPorts: listed.length,
    fresh: changes.flatMap(({ state, event: { kind, port, protocol } }) =>
      state === 'open' && OPENED.has(kind) && port !== undefined && protocol !== undefined
        ? [{ port, protocol }]
        : [],
    ),
  };
}

const OPENED: ReadonlySet<string> = new Set(['port.opened', 'port.discovered']);
