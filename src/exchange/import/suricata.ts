/** Suricata's EVE JSON (user guide, "Eve JSON Format"): flows that were answered, certificates, DHCP. */
import { z } from 'zod';
import { certificateOf } from '../../core/sighting/certificate.ts';
import type { Format, Found } from './format.ts';
import {
  addressOf,
  exampleOf,
  jsonOf,
  linesOf,
  NO_ADDRESS,
  portOf,
  protocolOf,
  timeOf,
  wordOf,
} from './lines.ts';
import { openPort } from './open-port.ts';

const Event = z.object({
  timestamp: z.string().optional(),
  event_type: z.string(),
  dest_ip: z.string().optional(),
  dest_port: z.number().optional(),
  proto: z.string().optional(),
  app_proto: z.string().optional(),
  flow: z.object({ pkts_toclient: z.number().optional(), state: z.string().optional() }).optional(),
  tcp: z.object({ tcp_flags_tc: z.string().optional() }).optional(),
  tls: z
    .object({
      subject: z.string().optional(),
      issuerdn: z.string().optional(),
      fingerprint: z.string().optional(),
      certificate: z.string().optional(),
    })
    .optional(),
  dhcp: z
    .object({
      dhcp_type: z.string().optional(),
      assigned_ip: z.string().optional(),
      client_mac: z.string().optional(),
      hostname: z.string().optional(),
    })
    .optional(),
});
type Event = z.infer<typeof Event>;

export const suricata: Format = {
  name: 'suricata',
  title: 'Suricata, EVE JSON',
  traffic: true,
  recognises: (head) => /^\s*\{[^\n]*"event_type"\s*:\s*"/.test(head),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      if (line.trim() === '') continue;
      const event = jsonOf(line, Event, left);
      if (!event) continue;
      const read = READERS.get(event.event_type);
      if (!read) {
        left.add(`events of other kinds than ${[...READERS.keys()].join(', ')}`);
        continue;
      }
      const found = read(event);
      if (found === undefined) left.add(NO_ADDRESS, exampleOf(line));
      else if (found === 'nothing') left.add('events that show nothing open', exampleOf(line));
      else yield found;
    }
    return undefined;
  },
};

type Reader = (event: Event) => Found | 'nothing' | undefined;
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['flow', flow],
  ['tls', tls],
  ['dhcp', dhcp],
]);

const SYN_ACK = 0x12;

function flow({
  flow: { pkts_toclient: answers = 0 } = {},
  tcp,
  app_proto,
  ...event
}: Event): ReturnType<Reader> {
  const place = placeOf(event);
  if (!place) return undefined;
  const protocol = protocolOf(event.proto);
  if (protocol === undefined || answers === 0) return 'nothing';
  // A refused connection is answered as well, with RST alone.
  const flags = Number.parseInt(tcp?.tcp_flags_tc ?? '', 16);
  if (protocol === 'tcp' && (flags & SYN_ACK) !== SYN_ACK) return 'nothing';
  const name = app_proto === 'failed' ? undefined : wordOf(app_proto);
  const { address, port, at } = place;
  return {
    address,
    ...at,
    ports: [openPort({ port, protocol, ...(name === undefined ? {} : { name, heard: true }) })],
  };
}

function tls({ tls: said, ...event }: Event): ReturnType<Reader> {
  const place = placeOf(event);
  if (!place) return undefined;
  const { address, port, at } = place;
  const der = said?.certificate;
  const { marks = [], facts = [] } = certificateOf(
    {
      pem: der === undefined ? undefined : `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----`,
      sha1: said?.fingerprint?.replaceAll(':', ''),
      subject: namesOf(said?.subject),
      issuer: namesOf(said?.issuerdn),
    },
    { port, protocol: 'tcp' },
  );
  return {
    address,
    ...at,
    marks,
    facts,
    ports: [openPort({ port, protocol: 'tcp', tunnel: 'ssl', heard: true })],
  };
}

/** `C=US, O=Lab, CN=box` by the names of its parts. */
function namesOf(text = ''): Record<string, string> {
  return Object.fromEntries(
    text.split(/,\s*(?=[A-Za-z]+=)/).flatMap((part) => {
      const [, name = '', value = ''] = /^([A-Za-z]+)=(.*)$/.exec(part) ?? [];
      const word = wordOf(value);
      return name === '' || word === undefined ? [] : [[name === 'CN' ? 'commonName' : name, word]];
    }),
  );
}

function dhcp({ dhcp: lease, timestamp }: Event): ReturnType<Reader> {
  const address = addressOf(lease?.assigned_ip);
  const mac = lease?.client_mac?.toLowerCase() ?? '';
  if (lease?.dhcp_type !== 'ack') return 'nothing';
  if (address === undefined || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return undefined;
  const name = wordOf(lease.hostname)?.toLowerCase();
  return {
    address,
    ...momentOf(timestamp),
    marks: [
      { type: 'mac', value: mac },
      ...(name === undefined ? [] : [{ type: 'name' as const, value: name, detail: 'dhcp' }]),
    ],
  };
}

function placeOf({ dest_ip, dest_port, timestamp }: Event) {
  const [address, port] = [addressOf(dest_ip), portOf(dest_port)];
  return address === undefined || port === undefined ? undefined : { address, port, at: momentOf(timestamp) };
}

function momentOf(timestamp: string | undefined): { at?: number } {
  const at = timeOf(timestamp);
  return at === undefined ? {} : { at };
}
