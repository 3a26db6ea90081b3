/** Who asks for which address on his link, and who answers. */
import { IPV4_TYPE } from './layer.ts';
import * as R from './record.ts';

/**
 * RFC 826 for IPv4, over hardware addresses of any length (20 bytes on InfiniBand). Gratuitous announcements and probes
 * from 0.0.0.0 ask for nobody and are left out. False when it is cut short.
 */
export function arp(view: DataView, at: number, end: number, rows: Int32Array, row: number): boolean {
  if (end - at < 8) return false;
  const hardware = view.getUint8(at + 4);
  if (view.getUint16(at + 2) !== IPV4_TYPE || view.getUint8(at + 5) !== 4) return true;
  if (end - at < 16 + 2 * hardware) return false;
  const operation = view.getUint16(at + 6);
  const sender = view.getInt32(at + 8 + hardware);
  const target = view.getInt32(at + 12 + 2 * hardware);
  if (sender === target || sender === 0 || (operation !== 1 && operation !== 2)) return true;
  rows[row + R.SRC] = sender;
  rows[row + R.DST] = target;
  rows[row + R.PORTS] = 0;
  rows[row + R.PAYLOAD] = 0;
  rows[row + R.IP_AT] = -1;
  rows[row + R.TRANSPORT_AT] = -1;
  rows[row + R.KIND] = operation === 1 ? R.ARP : R.ARP_REPLY;
  return true;
}
