/** From a layer to the IP or ARP inside it: takes off one header after the other, and no more than a bounded number. */
import { etherType, frame, llc, snap } from './ethernet.ts';
import * as L from './layer.ts';
import { link } from './link.ts';
import { NESTED, unopened } from './unopened.ts';
import { frameRelay, hdlc, networkId, ppp } from './wan.ts';
import { wireless } from './wireless.ts';

// Constants of this module are folded into the machine code; imported ones would be loaded at every use.
const {
  ARP_TYPE,
  FRAME,
  FRAME_RELAY,
  HDLC,
  IPV4_TYPE,
  IPV6_TYPE,
  LINK,
  LLC,
  NLPID,
  NONE,
  PPP,
  RAW_IP,
  SNAP,
  WIRELESS,
  WIRELESS_SWAPPED,
} = L;

/** Headers taken off one packet, or off what one tunnel carries. */
const MAX_HEADERS = 24;

/** Leaves the layer as IPv4, IPv6 or ARP, or as NONE with the reason. */
export function peel(view: DataView, end: number, layer: L.Layer): void {
  for (let i = 0; i < MAX_HEADERS; i++) {
    const at = layer.at;
    switch (layer.type) {
      case IPV4_TYPE:
      case IPV6_TYPE:
      case ARP_TYPE:
      case NONE:
        return;
      case FRAME:
        frame(view, at, end, layer);
        break;
      case RAW_IP:
        L.rawIp(view, at, end, layer);
        break;
      case LLC:
        llc(view, at, end, layer);
        break;
      case NLPID:
        networkId(view, at, end, layer);
        break;
      case SNAP:
        snap(view, at, end, layer);
        break;
      case PPP:
        ppp(view, at, end, layer);
        break;
      case HDLC:
        hdlc(view, at, end, layer);
        break;
      case FRAME_RELAY:
        frameRelay(view, at, end, layer);
        break;
      case WIRELESS:
      case WIRELESS_SWAPPED:
        wireless(view, at, end, layer.type === WIRELESS_SWAPPED, false, layer);
        break;
      default:
        if (layer.type >= LINK) link(view, at, end, layer);
        else etherType(view, at, end, layer);
    }
  }
  L.leave(layer, unopened(NESTED));
}
