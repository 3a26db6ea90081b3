/** 802.11 and the headers that capture programs put before it. */
import { has, type Layer, LLC, leave, open, WIRELESS } from './layer.ts';
import { DAMAGED, unopened, WIRELESS_ENCRYPTED } from './unopened.ts';

/** A data frame of 802.11 that is not encrypted: behind its header is 802.2. */
export function wireless(
  view: DataView,
  at: number,
  end: number,
  swapped: boolean,
  padded: boolean,
  layer: Layer,
): void {
  if (!has(layer, at, end, 2)) return;
  const control = view.getUint8(swapped ? at + 1 : at);
  const flags = view.getUint8(swapped ? at : at + 1);
  const subtype = control >>> 4;
  // Management, control, and data frames without data.
  if ((control & 0x0f) !== 0x08 || (subtype & 4) !== 0) {
    leave(layer, 0);
    return;
  }
  if ((flags & 0x40) !== 0) {
    leave(layer, unopened(WIRELESS_ENCRYPTED));
    return;
  }
  if (!has(layer, at, end, 34)) return;
  let header = (flags & 3) === 3 ? 30 : 24;
  let aggregated = false;
  if ((subtype & 8) !== 0) {
    aggregated = (view.getUint8(at + header) & 0x80) !== 0;
    header += 2;
    if ((flags & 0x80) !== 0) header += 4;
  }
  if (padded) header = (header + 3) & ~3;
  // Of several packets in one frame, the first: addresses and a length stand before it.
  open(layer, at + header + (aggregated ? 14 : 0), LLC);
}

/** Radiotap: its length, and fields of which one tells whether the 802.11 header is padded to four bytes. */
export function radiotap(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const length = view.getUint16(at + 2, true);
  if (length < 8) leave(layer, unopened(DAMAGED));
  else if (has(layer, at, end, length))
    wireless(view, at + length, end, false, radiotapPads(view, at, at + length), layer);
}

function radiotapPads(view: DataView, at: number, end: number): boolean {
  let fields = at + 4;
  let present = view.getUint32(fields, true);
  const first = present;
  while (present >>> 31 === 1) {
    fields += 4;
    if (end - fields < 4) return false;
    present = view.getUint32(fields, true);
  }
  fields += 4;
  // TSFT comes first and is aligned to eight bytes from the beginning of the header.
  if ((first & 1) === 1) fields = at + ((fields - at + 7) & ~7) + 8;
  return (first & 2) === 2 && fields < end && (view.getUint8(fields) & 0x20) !== 0;
}

/** The Prism header of 144 bytes, or the AVS header that some drivers write under its number. */
export function prism(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  // AVS begins with a magic number and its version.
  if (view.getUint32(at) >>> 12 === 0x80211) avs(view, at, end, layer);
  else open(layer, at + 144, WIRELESS);
}

export function avs(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 8)) return;
  const length = view.getUint32(at + 4);
  if (length < 8 || length > end - at) leave(layer, unopened(DAMAGED));
  else open(layer, at + length, WIRELESS);
}
