/**
 * Logs of Zeek, as TSV with its header or as JSON (Zeek manual, "Log Formats"): conn.log, known_hosts.log and
 * known_services.log. Traffic proves what answered and never what did not.
 */
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import type { Format, Found, LeftOut } from './format.ts';
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

/** A row by the names of its fields. */
type Row = Readonly<Record<string, string>>;

interface Log {
  path: string;
  title: string;
  /** Fields without which it is another log. */
  needs: readonly string[];
  found(row: Row): Found | 'nothing' | undefined;
}

const conn: Log = {
  path: 'conn',
  title: 'Zeek, conn.log',
  needs: ['ts', 'id.resp_h', 'id.resp_p', 'proto', 'conn_state'],
  found(row) {
    const [address, port] = [addressOf(row['id.resp_h']), portOf(row['id.resp_p'])];
    if (address === undefined || port === undefined) return undefined;
    const protocol = protocolOf(row['proto']);
    if (protocol === undefined || !answered(row, protocol)) return 'nothing';
    return seen(row, address, { port, protocol, ...service(row['service']) });
  },
};

const knownHosts: Log = {
  path: 'known_hosts',
  title: 'Zeek, known_hosts.log',
  needs: ['ts', 'host'],
  found(row) {
    const address = addressOf(row['host']);
    return address === undefined ? undefined : seen(row, address);
  },
};

const knownServices: Log = {
  path: 'known_services',
  title: 'Zeek, known_services.log',
  needs: ['ts', 'host', 'port_num', 'port_proto'],
  found(row) {
    const [address, port, protocol] = [
      addressOf(row['host']),
      portOf(row['port_num']),
      protocolOf(row['port_proto']),
    ];
    if (address === undefined || port === undefined) return undefined;
    return protocol === undefined
      ? 'nothing'
      : seen(row, address, { port, protocol, ...service(row['service']) });
  },
};

/** States in which the responder took the connection (Zeek manual, conn_state), `h`: it sent SYN and ACK. */
const ANSWERED: ReadonlySet<string> = new Set(['SF', 'S1', 'S2', 'S3', 'RSTO', 'RSTR']);

function answered({ conn_state = '', history = '', resp_bytes = '' }: Row, protocol: string): boolean {
  if (!ANSWERED.has(conn_state)) return false;
  const spoke = /^\d+$/.test(resp_bytes) && Number(resp_bytes) > 0;
  // A server that refuses sends RST as well: RSTR alone proves nothing.
  return protocol === 'tcp' ? spoke || history.includes('h') : spoke;
}

/** Zeek names a service by what was spoken; several as `ssl,http`. */
function service(text: string | undefined): { name?: string; heard?: boolean } {
  const name = wordOf(text?.split(',')[0]?.toLowerCase());
  return name === undefined ? {} : { name, heard: true };
}

function seen(row: Row, address: string, port?: Parameters<typeof openPort>[0]): Found {
  const at = timeOf(row['ts']);
  return { address, ...(at === undefined ? {} : { at }), ports: port ? [openPort(port)] : [] };
}

export const zeekConn = zeek(conn, (fields) => fields.has('id.resp_h') && fields.has('conn_state'));
export const zeekKnownServices = zeek(
  knownServices,
  (fields) => fields.has('port_num') && fields.has('port_proto'),
);
export const zeekKnownHosts = zeek(
  knownHosts,
  (fields) => fields.has('ts') && fields.has('host') && fields.size <= 6 && !fields.has('port_num'),
);

function zeek(log: Log, hasFields: (fields: ReadonlySet<string>) => boolean): Format {
  return {
    name: `zeek-${log.path}`,
    title: `${log.title} (TSV, JSON)`,
    traffic: true,
    recognises(head) {
      if (head.startsWith('#separator')) return new RegExp(`^#path\\s+${log.path}\\s*$`, 'm').test(head);
      const [first = ''] = head.split('\n');
      try {
        const row: unknown = JSON.parse(first);
        return typeof row === 'object' && row !== null && hasFields(new Set(Object.keys(row)));
      } catch {
        return false;
      }
    },
    async *read(text, left) {
      for await (const { row, line } of rowsOf(text, log, left)) {
        const found = log.found(row);
        if (found === undefined) left.add(NO_ADDRESS, exampleOf(line));
        else if (found === 'nothing')
          left.add('connections that were not answered, or of other protocols', exampleOf(line));
        else yield found;
      }
      return undefined;
    },
  };
}

async function* rowsOf(
  text: AsyncIterable<string>,
  log: Log,
  left: LeftOut,
): AsyncGenerator<{ row: Row; line: string }> {
  let separator = '\t';
  let fields: string[] | undefined;
  let isTsv: boolean | undefined;
  for await (const line of linesOf(text, left)) {
    if (line.trim() === '') continue;
    isTsv ??= line.startsWith('#');
    if (!isTsv) {
      const row = jsonOf(line, JsonRow, left);
      if (row) yield { row, line };
      continue;
    }
    if (line.startsWith('#separator ')) separator = separatorOf(line.slice('#separator '.length).trim());
    else if (line.startsWith('#fields')) {
      // Logs are rotated and joined: each part has its own header.
      fields = line.split(separator).slice(1);
      const missing = log.needs.filter((name) => fields?.includes(name) !== true);
      if (missing.length > 0) throw otherFields(log, missing);
    }
    if (line.startsWith('#')) continue;
    const values = line.split(separator);
    if (!fields) throw otherFields(log, log.needs);
    if (values.length !== fields.length)
      left.add('rows with more or fewer values than the header has fields', exampleOf(line));
    else
      yield {
        row: Object.fromEntries(
          fields.map((name, at) => [name, values[at] === '-' ? '' : (values[at] ?? '')]),
        ),
        line,
      };
  }
}

/** Values as the TSV would have them. */
const JsonRow = z
  .record(z.string(), z.unknown())
  .transform((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number'
          ? [[name, String(value)]]
          : Array.isArray(value)
            ? [[name, value.filter((one) => typeof one === 'string').join(',')]]
            : [],
      ),
    ),
  );

/** `\x09`, as Zeek writes it. */
function separatorOf(text: string): string {
  const [, hex] = /^\\x([0-9a-fA-F]{2})$/.exec(text) ?? [];
  return hex === undefined ? text || '\t' : String.fromCharCode(Number.parseInt(hex, 16));
}

function otherFields(log: Log, missing: readonly string[]): PortolanError {
  return new PortolanError(
    'unsupported_file_type',
    `The log calls itself ${log.path} and has not the fields of Zeek's ${log.path}.log: ${missing.join(', ')}.`,
    'Export it with the fields that Zeek gives it by default.',
  );
}
