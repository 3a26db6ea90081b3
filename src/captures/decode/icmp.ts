/** ICMP (RFC 792, 950) and ICMPv6 (RFC 4443, 4861): questions, answers, and errors about a packet they quote. */
import type { AddressBook } from './addresses.ts';
import * as R from './record.ts';

export class IcmpDecoder {
  readonly #addresses: AddressBook;

  constructor(addresses: AddressBook) {
    this.#addresses = addresses;
  }

  /** Fills the row and gives true when the message is one we use. */
  v4(view: DataView, at: number, end: number, rows: Int32Array, row: number): boolean {
    if (end - at < 8) return false;
    const type = view.getUint8(at);
    const code = view.getUint8(at + 1);
    switch (type) {
      case 8:
      case 13:
      case 15:
      case 17:
        return question(rows, row, R.PING, type, 0);
      case 0:
        return question(rows, row, R.PONG, 8, 0);
      case 14:
      case 16:
      case 18:
        return question(rows, row, R.PONG, type - 1, 0);
      case 3:
        // Code 4 is path MTU discovery at work, not a refusal.
        if (code === 4) return silent(rows, row);
        return this.#quoted4(
          view,
          at + 8,
          end,
          code === 3 ? R.ERROR_PORT : code === 2 ? R.ERROR_PROTOCOL : R.ERROR_FILTERED,
          rows,
          row,
        );
      case 11:
        return this.#quoted4(view, at + 8, end, R.ERROR_TTL, rows, row);
      default:
        return silent(rows, row);
    }
  }

  v6(view: DataView, at: number, end: number, rows: Int32Array, row: number): boolean {
    if (end - at < 8) return false;
    const type = view.getUint8(at);
    const code = view.getUint8(at + 1);
    switch (type) {
      case 128:
        return question(rows, row, R.PING, 128, R.IPV6);
      case 129:
        return question(rows, row, R.PONG, 128, R.IPV6);
      case 135:
      case 136: {
        if (end - at < 24) return silent(rows, row);
        const target = this.#addresses.number(view, at + 8);
        // An all-zero source is duplicate address detection, which asks about itself (RFC 4862).
        const source = this.#addresses.text(rows[row + R.SRC] ?? 0);
        if (target < 0 || source === '::') return silent(rows, row);
        if (type === 135) rows[row + R.DST] = target;
        else rows[row + R.SRC] = target;
        rows[row + R.PORTS] = 0;
        rows[row + R.PAYLOAD] = 0;
        rows[row + R.KIND] = (type === 135 ? R.NDP : R.NDP_REPLY) | R.IPV6;
        return true;
      }
      case 1:
        return this.#quoted6(view, at + 8, end, code === 4 ? R.ERROR_PORT : R.ERROR_FILTERED, rows, row);
      case 3:
        return this.#quoted6(view, at + 8, end, R.ERROR_TTL, rows, row);
      case 4:
        return code === 1 ? this.#quoted6(view, at + 8, end, R.ERROR_PROTOCOL, rows, row) : silent(rows, row);
      default:
        return silent(rows, row);
    }
  }

  #quoted4(view: DataView, at: number, end: number, verdict: number, rows: Int32Array, row: number): boolean {
    if (end - at < 20 || view.getUint8(at) >>> 4 !== 4) return silent(rows, row);
    const header = (view.getUint8(at) & 15) * 4;
    if (header < 20 || (view.getUint16(at + 6) & 0x1fff) !== 0) return silent(rows, row);
    rows[row + R.SRC] = view.getInt32(at + 12);
    rows[row + R.DST] = view.getInt32(at + 16);
    quote(view, at + header, end, view.getUint8(at + 9), verdict, 0, rows, row);
    return true;
  }

  #quoted6(view: DataView, at: number, end: number, verdict: number, rows: Int32Array, row: number): boolean {
    if (end - at < 40 || view.getUint8(at) >>> 4 !== 6) return silent(rows, row);
    const src = this.#addresses.number(view, at + 8);
    const dst = this.#addresses.number(view, at + 24);
    if (src < 0 || dst < 0) return silent(rows, row);
    rows[row + R.SRC] = src;
    rows[row + R.DST] = dst;
    quote(view, at + 40, end, view.getUint8(at + 6), verdict, R.IPV6, rows, row);
    return true;
  }
}

function quote(
  view: DataView,
  at: number,
  end: number,
  protocol: number,
  verdict: number,
  family: number,
  rows: Int32Array,
  row: number,
): void {
  let kind = R.OTHER_IP;
  let ports = protocol;
  if ((protocol === R.TCP || protocol === R.UDP || protocol === R.SCTP) && end - at >= 4) {
    kind = protocol;
    ports = view.getInt32(at);
  } else if ((protocol === 1 || protocol === 58) && end - at >= 1) {
    kind = R.PING;
    ports = view.getUint8(at);
  }
  rows[row + R.PORTS] = ports;
  rows[row + R.PAYLOAD] = verdict;
  rows[row + R.KIND] = R.ERROR | family | (kind << 24);
}

function question(rows: Int32Array, row: number, kind: number, type: number, family: number): boolean {
  rows[row + R.PORTS] = type;
  rows[row + R.PAYLOAD] = 0;
  rows[row + R.KIND] = kind | family;
  return true;
}

/** Understood, and of no use: the row stays empty, and is not counted as an unknown IP protocol either. */
function silent(rows: Int32Array, row: number): boolean {
  rows[row + R.KIND] = 0;
  return true;
}
