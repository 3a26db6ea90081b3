/** A change as one line. */
import type { ChangeRow } from '../../inventory/service.ts';

export const CHANGE_FORMAT = 'id severity kind: where; from → to; when';

export function changeLine({ event, state, times, assetName, until }: ChangeRow): string {
  const { uid, severity, kind, address, asset, port, protocol, before, after, at, count, sample } = event;
  const where = [
    address ?? (assetName === undefined ? (asset ?? '') : ''),
    assetName ?? '',
    port === undefined ? '' : `${port}/${protocol ?? 'tcp'}`,
    count === undefined || count < 2
      ? ''
      : `${count} of them${sample?.length ? ` (${sample.join(', ')})` : ''}`,
  ].filter((word) => word !== '');
  // Of a whole network, what is told is which.
  const ofNetwork = where.length === 0 && before === undefined && after !== undefined;
  if (ofNetwork) where.push(after);
  const turn =
    ofNetwork || (before === undefined && after === undefined)
      ? ''
      : `; ${before ?? 'nothing'} → ${after ?? 'nothing'}`;
  const decided = state === 'open' ? '' : `; ${state}${until === undefined ? '' : ` until ${day(until)}`}`;
  const often = times > 1 ? `; ${times} times` : '';
  return `${uid} ${severity} ${kind}: ${where.join(' ')}${turn}; ${minute(at)}${often}${decided}`;
}

/** `2026-11-29 07:30Z` */
export const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
export const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
