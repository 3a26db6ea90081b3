/** B.A.T.M.A.N. advanced, a mesh of switches: what it puts before the frames of hosts (Linux, uapi/linux/batadv_packet.h). */
import { FRAME, has, type Layer, leave, open, plausibleFrame } from './layer.ts';
import { ETHER_TYPE, unopened } from './unopened.ts';

export const BATMAN_TYPE = 0x4305;

const FRAGMENT = 0x41;
const FRAGMENT_HEADER = 20;
const MULTICAST = 0x05;

/** Bytes before the frame, by packet type: broadcast, unicast, unicast with both addresses. */
const HEADERS: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  14: new Map([
    [4, 14],
    [3, 10],
    [9, 18],
  ]),
  15: new Map([
    [0x01, 14],
    [0x40, 10],
    [0x42, 18],
  ]),
};
/** Routes, neighbours, and questions that the mesh asks itself. */
const QUIET: Readonly<Record<number, ReadonlySet<number>>> = {
  14: new Set([1, 2, 5, 7, 8]),
  15: new Set([0x00, 0x03, 0x04, 0x43, 0x44]),
};

/** Takes off the header of one packet of the mesh. */
export function batman(view: DataView, at: number, end: number, layer: Layer): void {
  if (!has(layer, at, end, 6)) return;
  const type = view.getUint8(at);
  const version = view.getUint8(at + 1);
  const header = HEADERS[version]?.get(type);
  if (header !== undefined) open(layer, at + header, FRAME);
  else if (version === 15 && type === MULTICAST) open(layer, at + 6 + view.getUint16(at + 4), FRAME);
  else if (version === 15 && type === FRAGMENT) fragment(view, at + FRAGMENT_HEADER, end, layer);
  else leave(layer, QUIET[version]?.has(type) ? 0 : unopened(ETHER_TYPE, BATMAN_TYPE));
}

/** A packet is cut from its end on, and nothing says which piece is its head: that has the headers of both in it. */
function fragment(view: DataView, at: number, end: number, layer: Layer): void {
  const isHead = end - at >= 2 && view.getUint8(at + 1) === 15;
  const header = isHead ? HEADERS[15]?.get(view.getUint8(at)) : undefined;
  if (header !== undefined && plausibleFrame(view, at + header, end)) open(layer, at + header, FRAME);
  else leave(layer, 0);
}
