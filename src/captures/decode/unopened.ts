/**
 * Why a packet was not opened, counted. What was read and has nothing to tell (a spanning tree, a later fragment, an
 * announcement) is no such packet: only what may hide traffic that this analysis would have judged.
 */

/** Reasons that name a protocol; its number is the reason's value. */
export const LINK_TYPE = 1;
export const ETHER_TYPE = 2;
export const SERVICE_POINT = 3;
export const PPP_PROTOCOL = 4;
export const IP_PROTOCOL = 5;
export const NETWORK_ID = 6;
/** Reasons without a value. */
export const CUT = 7;
export const DAMAGED = 8;
export const NESTED = 9;
export const MACSEC_ENCRYPTED = 10;
export const WIRELESS_ENCRYPTED = 11;

/** Distinct reasons that are counted apart; a hostile capture has no more than these. */
const MAX_REASONS = 256;

/** A reason as one number; 0 stands for none. */
export function unopened(kind: number, value = 0): number {
  return kind * 0x10000 + (value & 0xffff);
}

/** Packets left unopened, by reason. */
export class Unopened {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** Packets counted. */
  get total(): number {
    return this.#total;
  }

  count(reason: number): void {
    this.#total++;
    const known = this.#counts.get(reason);
    if (known !== undefined) this.#counts.set(reason, known + 1);
    else if (this.#counts.size < MAX_REASONS) this.#counts.set(reason, 1);
  }

  /** The reasons in words, most packets first, at most `limit`; the last stands for all others when there are more. */
  list(limit: number): { what: string; packets: number }[] {
    const all = [...this.#counts].sort((a, b) => b[1] - a[1]);
    const whole = all.length <= limit && all.length < MAX_REASONS;
    const list = (whole ? all : all.slice(0, limit - 1)).map(([reason, packets]) => ({
      what: describe(reason),
      packets,
    }));
    const rest = this.#total - list.reduce((sum, { packets }) => sum + packets, 0);
    return rest > 0 ? [...list, { what: 'in other protocols', packets: rest }] : list;
  }
}

/** What packets with this reason are, after "are": `in EtherType 0x8137 (IPX)`, `encrypted by MACsec`. */
function describe(reason: number): string {
  const value = reason & 0xffff;
  switch (reason >>> 16) {
    case LINK_TYPE:
      return `in link type ${named(String(value), otherLinkName(value))}`;
    case ETHER_TYPE:
      return `in EtherType ${named(hex(value, 4), ETHER_TYPES[value])}`;
    case SERVICE_POINT:
      return `in 802.2 service access point ${named(hex(value, 2), SERVICE_POINTS[value])}`;
    case PPP_PROTOCOL:
      return `in PPP protocol ${named(hex(value, 4), PPP_PROTOCOLS[value])}`;
    case IP_PROTOCOL:
      return `in IP protocol ${named(String(value), IP_PROTOCOLS[value])}`;
    case NETWORK_ID:
      return `in network protocol ${hex(value, 2)}`;
    case CUT:
      return 'cut short within their headers';
    case DAMAGED:
      return 'damaged in their headers';
    case NESTED:
      return 'in more tunnels and tags than are followed';
    case MACSEC_ENCRYPTED:
      return 'encrypted by MACsec';
    default:
      return 'encrypted by 802.11';
  }
}

function named(number: string, name: string | undefined): string {
  return name === undefined ? number : `${number} (${name})`;
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/** The name of a link type that is not read, where known. */
export function otherLinkName(type: number): string | undefined {
  return type >= 147 && type <= 162 ? `USER${type - 147}, for private use` : OTHER_LINKS[type];
}

/** Link types that are met, and that carry no IP or none that is read. */
const OTHER_LINKS: Readonly<Record<number, string>> = {
  3: 'AX.25',
  8: 'SLIP',
  114: 'LocalTalk',
  118: 'Cisco IOS internal',
  132: 'Juniper encryption services',
  134: 'Juniper MFR',
  121: 'HiPath HDLC',
  139: 'MTP2',
  140: 'MTP2',
  141: 'MTP3',
  142: 'SCCP',
  143: 'DOCSIS',
  144: 'IrDA',
  164: 'Juniper monitor',
  165: 'BACnet MS/TP',
  169: 'GPRS LLC',
  177: 'LAPD',
  182: 'multilink Frame Relay',
  186: 'USB',
  187: 'Bluetooth HCI',
  189: 'USB',
  190: 'CAN',
  194: 'Juniper ISM',
  195: '802.15.4',
  201: 'Bluetooth HCI',
  203: 'LAPD',
  215: '802.15.4',
  220: 'USB',
  224: 'Fibre Channel',
  225: 'Fibre Channel',
  227: 'SocketCAN',
  230: '802.15.4',
  231: 'D-Bus',
  243: 'MPEG-2 transport stream',
  249: 'USBPcap',
  251: 'Bluetooth Low Energy',
  252: 'exported PDUs',
  253: 'Linux netlink',
  254: 'Bluetooth Linux monitor',
  256: 'Bluetooth Low Energy',
  265: 'nRF sniffer',
  266: 'USB of macOS',
  271: 'vsock',
  272: 'nRF sniffer',
  283: '802.15.4',
};

const ETHER_TYPES: Readonly<Record<number, string>> = {
  1536: 'XNS',
  2989: 'VINES',
  17157: 'B.A.T.M.A.N. Advanced',
  24579: 'DECnet',
  24580: 'LAT',
  24583: 'LAVC',
  32923: 'AppleTalk',
  33011: 'AppleTalk ARP',
  33079: 'IPX',
  33080: 'IPX',
  34997: 'local experiment',
  34998: 'local experiment',
  34999: 'of one vendor, by OUI',
  35033: 'LLTD',
  35078: 'Fibre Channel over Ethernet',
  35093: 'RoCE',
};

const SERVICE_POINTS: Readonly<Record<number, string>> = {
  4: 'SNA',
  126: 'X.25',
  128: 'XNS',
  188: 'VINES',
  224: 'IPX',
  240: 'NetBIOS',
};

const PPP_PROTOCOLS: Readonly<Record<number, string>> = {
  43: 'IPX',
  45: 'compressed TCP',
  47: 'compressed TCP',
  61: 'multilink',
  83: 'encrypted',
  251: 'compressed link',
  253: 'compressed or MPPE-encrypted',
};

const IP_PROTOCOLS: Readonly<Record<number, string>> = {
  4: 'IPv4, not readable',
  41: 'IPv6, not readable',
  47: 'GRE, not readable',
  50: 'ESP, encrypted',
  97: 'EtherIP, not readable',
  108: 'IPComp, compressed',
  115: 'L2TPv3, not readable',
  137: 'MPLS, not readable',
  143: 'Ethernet, not readable',
};
