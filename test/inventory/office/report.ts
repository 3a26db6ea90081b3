/** A day of the office as nmap would report it (nmap.dtd, as nmap 7.93 writes it). */
import { createHash } from 'node:crypto';
import { formatPorts, portSet } from '../../../src/core/port-set.ts';
import { certificatePem } from './certificate.ts';
import type { Day, Met } from './device.ts';
import { DAY, FIRST_DAY, NETS } from './office.ts';

/** A scan takes so long, in seconds. */
export const TAKES = 900;
const MIDDLEBOX_PORT = 8008;

export const targetsOf = NETS.map((prefix) => `${prefix}.0/24`);

/** @param routed the networks are scanned through a router: nmap tells no MAC addresses */
export function reportOf(day: Day, routed: boolean): string {
  const { at, asked, cut, middlebox } = day;
  const start = Math.round(at / 1000);
  const hosts = day.met.map((one) => ({ ...one, routed: routed || one.address.startsWith(`${NETS[3]}.`) }));
  const all = middlebox === undefined ? hosts : withMiddlebox(hosts, NETS[middlebox] ?? '');
  const sorted = all.sort((a, b) => orderOf(a.address) - orderOf(b.address));
  const sets = { tcp: new Set(portSet(asked.tcp)), udp: new Set(portSet(asked.udp)) };
  const parts = sorted.map((one, index) =>
    hostOf(one, sets, start + Math.round((TAKES * (index + 1)) / (sorted.length + 1))),
  );
  const args = `nmap -sS -sU -sV --script ssh-hostkey,ssl-cert -p T:${asked.tcp},U:${asked.udp} -oX - ${targetsOf.join(' ')}`;
  const info = (type: string, protocol: string, ports: string) =>
    `<scaninfo type="${type}" protocol="${protocol}" numservices="${portSet(ports).length}" services="${ports}"/>`;
  const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="${args}" start="${start}" startstr="" version="7.93" xmloutputversion="1.05">
${info('syn', 'tcp', asked.tcp)}
${info('udp', 'udp', asked.udp)}
`;
  const end = start + TAKES;
  const total = NETS.length * 256;
  const foot = `<runstats><finished time="${end}" timestr="" summary="" elapsed="${TAKES}" exit="success"/><hosts up="${sorted.length}" down="${total - sorted.length}" total="${total}"/></runstats>
</nmaprun>
`;
  if (cut === undefined) return `${head}${parts.join('\n')}\n${foot}`;
  const text = `${head}${parts.join('\n')}`;
  return text.slice(0, Math.round(text.length * cut));
}

type Shown = Met & { routed: boolean };

/** Something on the way accepts connections for everybody of a network. */
function withMiddlebox(hosts: readonly Shown[], prefix: string): Shown[] {
  const port = { protocol: 'tcp', port: MIDDLEBOX_PORT, name: 'http', state: 'open' } as const;
  const there = new Set(hosts.map(({ address }) => address));
  const phantoms = Array.from({ length: 254 }, (_, i) => `${prefix}.${i + 1}`)
    .filter((address) => !there.has(address))
    .map(
      (address): Shown => ({ device: '', address, mac: '', rest: 'filtered', ports: [port], routed: true }),
    );
  return [
    ...hosts.map((one) =>
      one.address.startsWith(`${prefix}.`) ? { ...one, ports: [...one.ports, port] } : one,
    ),
    ...phantoms,
  ];
}

const orderOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

interface Asked {
  tcp: ReadonlySet<number>;
  udp: ReadonlySet<number>;
}

function hostOf(
  { device, address, mac, ptr, key, rest, ports, routed }: Shown,
  sets: Asked,
  at: number,
): string {
  const told = ports.filter(
    (one) => (one.protocol === 'tcp' || one.protocol === 'udp') && sets[one.protocol].has(one.port),
  );
  const open = told.filter(({ state }) => state === 'open');
  const others = (['tcp', 'udp'] as const).flatMap((protocol) => {
    const groups = new Map<string, number[]>();
    const offered = new Map(told.flatMap((one) => (one.protocol === protocol ? [[one.port, one]] : [])));
    for (const port of sets[protocol]) {
      const one = offered.get(port);
      if (one?.state === 'open') continue;
      const state = one?.state ?? (rest === 'closed' ? 'closed' : 'silent');
      const word = state === 'closed' ? 'closed' : protocol === 'udp' ? 'open|filtered' : 'filtered';
      const list = groups.get(word);
      if (list) list.push(port);
      else groups.set(word, [port]);
    }
    return [...groups].map(([word, list]) => ({ protocol, word, list }));
  });
  const extras = [...Map.groupBy(others, ({ word }) => word)].map(([word, groups]) => {
    const reasons = groups.map(({ protocol, list }) => {
      const reason = word === 'closed' ? (protocol === 'tcp' ? 'reset' : 'port-unreach') : 'no-response';
      return `<extrareasons reason="${reason}" count="${list.length}" proto="${protocol}" ports="${formatPorts(list)}"/>`;
    });
    const count = groups.reduce((sum, { list }) => sum + list.length, 0);
    return `<extraports state="${word}" count="${count}">${reasons.join('')}</extraports>`;
  });
  const up = routed ? 'echo-reply' : 'arp-response';
  return [
    `<host starttime="${at - 20}" endtime="${at}"><status state="up" reason="${up}" reason_ttl="0"/>`,
    `<address addr="${address}" addrtype="ipv4"/>`,
    routed ? '' : `<address addr="${mac.toUpperCase()}" addrtype="mac"/>`,
    ptr === undefined ? '<hostnames/>' : `<hostnames><hostname name="${ptr}" type="PTR"/></hostnames>`,
    `<ports>${extras.join('')}${open
      .toSorted((a, b) => (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : a.port - b.port))
      .map((one) => portOf(one, device, key))
      .join('')}</ports>`,
    '</host>',
  ].join('');
}

function portOf(offer: Met['ports'][number], device: string, key: number | undefined): string {
  const { protocol, port, name, product, version, unread, cert } = offer;
  const read = product !== undefined && !unread;
  const service = read
    ? `<service name="${name}" product="${product}"${version === undefined ? '' : ` version="${version}"`} method="probed" conf="10"/>`
    : `<service name="${name}" method="table" conf="3"/>`;
  const scripts = unread
    ? ''
    : [
        port === 22 && key !== undefined ? hostKey(key) : '',
        cert === undefined ? '' : certificate(device, cert),
      ].join('');
  return `<port protocol="${protocol}" portid="${port}"><state state="open" reason="${protocol === 'tcp' ? 'syn-ack' : 'udp-response'}" reason_ttl="64"/>${service}${scripts}</port>`;
}

function hostKey(key: number): string {
  const bytes = createHash('sha256').update(`host key ${key}`).digest();
  const blob = Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), bytes]);
  const print = createHash('md5').update(blob).digest('hex');
  return `<script id="ssh-hostkey" output="256 ${print} (ED25519)"><table><elem key="type">ssh-ed25519</elem><elem key="fingerprint">${print}</elem><elem key="key">${blob.toString('base64')}</elem><elem key="bits">256</elem></table></script>`;
}

const certificates = new Map<string, string>();

function certificate(
  device: string,
  { issuer, serial, from, days }: NonNullable<Met['ports'][number]['cert']>,
): string {
  const id = `${device} ${serial} ${from}`;
  const pem =
    certificates.get(id) ??
    certificatePem(`${device}.office.example`, issuer, serial, FIRST_DAY + from * DAY, days);
  certificates.set(id, pem);
  return `<script id="ssl-cert" output="Subject: commonName=${device}.office.example&#xa;serial ${serial}"><elem key="pem">${pem}</elem></script>`;
}
