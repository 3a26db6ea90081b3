/** Lists and JSON of masscan (its manual: -oL, -oJ, -oD). Its XML is that of nmap: nmap-xml.ts. */
import { z } from 'zod';
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

const ROW = /^(open|closed|banner|host)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)(?:\s+(.*))?$/;
const NOT_OPEN = 'ports that masscan does not call open';

export const masscanList: Format = {
  name: 'masscan-list',
  title: 'masscan, list (-oL)',
  recognises: (head) =>
    head.startsWith('#masscan') || /^(open|closed|banner) (tcp|udp|sctp) \d+ [0-9a-f.:]+ \d+/m.test(head),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      if (line.startsWith('#') || line.trim() === '') continue;
      const [, state, protocol, port, address, at] = ROW.exec(line) ?? [];
      if (state === undefined) left.add('lines that are none of a masscan list', exampleOf(line));
      // What a banner says of a service is text that nobody parsed; its port is listed as open as well.
      else if (state !== 'open') left.add(NOT_OPEN, exampleOf(line));
      else {
        const one = foundOf(address, port, protocol, at);
        if (one) yield one;
        else left.add(NO_ADDRESS, exampleOf(line));
      }
    }
    return undefined;
  },
};

/** `-oJ` has the ports of one answer in a list, `-oD` one a line. */
const Row = z.object({
  ip: z.string(),
  timestamp: z.union([z.string(), z.number()]).optional(),
  ports: z
    .array(
      z.object({
        port: z.number(),
        proto: z.string(),
        status: z.string().optional(),
        reason: z.string().optional(),
        service: z.object({ name: z.string() }).optional(),
      }),
    )
    .optional(),
  port: z.number().optional(),
  proto: z.string().optional(),
  rec_type: z.string().optional(),
  data: z.object({ status: z.string().optional(), reason: z.string().optional() }).optional(),
});

export const masscanJson: Format = {
  name: 'masscan-json',
  title: 'masscan, JSON (-oJ, -oD)',
  recognises: (head) => /^\s*\[?\s*\{\s*"ip"\s*:\s*"[^"]*"\s*,\s*"timestamp"/.test(head),
  async *read(text, left) {
    for await (const line of linesOf(text, left)) {
      // Old versions end the list with {finished: 1}, which is no JSON.
      if (/^[\s[\],]*$/.test(line) || /^\s*\{\s*finished\s*:\s*1\s*\}/.test(line)) continue;
      const row = jsonOf(line, Row, left);
      if (!row) continue;
      const single = row.port === undefined ? [] : [{ port: row.port, proto: row.proto, ...row.data }];
      for (const { port, proto, status, reason } of row.ports ?? single) {
        if (status !== 'open') {
          if (status !== undefined) left.add(NOT_OPEN, exampleOf(line));
          continue;
        }
        const one = foundOf(row.ip, port, proto, row.timestamp, reason);
        if (one) yield one;
        else left.add(NO_ADDRESS, exampleOf(line));
      }
    }
    return undefined;
  },
};

function foundOf(
  ip: string | undefined,
  number: string | number | undefined,
  name: string | undefined,
  time: string | number | undefined,
  reason?: string,
): Found | undefined {
  const [address, port, protocol, at] = [addressOf(ip), portOf(number), protocolOf(name), timeOf(time)];
  if (address === undefined || port === undefined || protocol === undefined) return undefined;
  return {
    address,
    ...(at === undefined ? {} : { at }),
    ports: [openPort({ port, protocol, reason: wordOf(reason) })],
  };
}
