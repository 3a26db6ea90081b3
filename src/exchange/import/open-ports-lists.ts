/** Open ports as naabu (README, "Running Naabu": plain and -json) and RustScan (README: normal output and -g) write them. */
import { z } from 'zod';
import type { Format, Found } from './format.ts';
import { addressOf, exampleOf, jsonOf, linesOf, NO_ADDRESS, portOf, protocolOf, timeOf } from './lines.ts';
import { openPort } from './open-port.ts';

/** Old versions have the port as an object. */
const Row = z.object({
  ip: z.string().optional(),
  host: z.string().optional(),
  timestamp: z.string().optional(),
  port: z.union([z.number(), z.object({ Port: z.number() })]),
  protocol: z.string().optional(),
});

export const naabuJson: Format = {
  name: 'naabu-json',
  title: 'naabu, JSON (-json)',
  recognises: (head) =>
    /^\s*\{[^\n]*"port"\s*:\s*(\d|\{\s*"Port")/.test(head) &&
    /^\s*\{[^\n]*"(ip|host)"\s*:/.test(head) &&
    !/"(rec_type|event_type|id\.resp_h|_path)"/.test(head),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      if (line.trim() === '') continue;
      const row = jsonOf(line, Row, left);
      if (!row) continue;
      const address = addressOf(row.ip) ?? addressOf(row.host);
      const number = portOf(typeof row.port === 'number' ? row.port : row.port.Port);
      if (address === undefined || number === undefined) {
        left.add(NO_ADDRESS, exampleOf(line));
        continue;
      }
      const at = timeOf(row.timestamp);
      const protocol = protocolOf(row.protocol) ?? 'tcp';
      yield {
        address,
        ...(at === undefined ? {} : { at }),
        ports: [openPort({ port: number, protocol })],
        ...(row.host !== undefined && addressOf(row.host) === undefined
          ? { marks: [{ type: 'asked_name', value: row.host.toLowerCase() }] }
          : {}),
      };
    }
    return undefined;
  },
};

const GREPPABLE = /^\s*(\S+)\s*->\s*\[([\d,\s]*)\]\s*$/;
const OPEN = /^(?:\x1b\[[\d;]*m)*Open\s+(\S+?):(\d{1,5})\s*(?:\x1b\[[\d;]*m)*$/;

export const rustscan: Format = {
  name: 'rustscan',
  title: 'RustScan, normal output and -g',
  recognises: (head) => head.split('\n').some((line) => GREPPABLE.test(line) || OPEN.test(line)),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      const [, ip, list] = GREPPABLE.exec(line) ?? [];
      const [, host, port] = OPEN.exec(line) ?? [];
      // Around its results it greets, counts and runs nmap.
      if (ip === undefined && host === undefined) continue;
      const found = foundOf(ip ?? host, (list ?? port ?? '').split(','));
      if (found) yield found;
      else left.add(NO_ADDRESS, exampleOf(line));
    }
    return undefined;
  },
};

const PAIR = /^\[?([0-9a-fA-F.:]+?)\]?:(\d{1,5})$/;

export const pairs: Format = {
  name: 'naabu',
  title: 'naabu and others, ADDRESS:PORT a line',
  recognises: (head) => PAIR.test(head.split('\n')[0]?.trim() ?? ''),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      if (line.trim() === '') continue;
      const [, ip, port = ''] = PAIR.exec(line.trim()) ?? [];
      const found = foundOf(ip, [port]);
      if (found) yield found;
      else left.add('lines that are no ADDRESS:PORT', exampleOf(line));
    }
    return undefined;
  },
};

function foundOf(ip: string | undefined, list: readonly string[]): Found | undefined {
  const address = addressOf(ip);
  const ports = list.flatMap((text) => portOf(text) ?? []);
  if (address === undefined || ports.length === 0) return undefined;
  return { address, ports: ports.map((port) => openPort({ port, protocol: 'tcp' })) };
}
