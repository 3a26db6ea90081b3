/** Syslog (RFC 5424), one record an incident: over UDP (RFC 5426), TCP and TLS with octet counting (RFC 6587, RFC 5425). */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { z } from 'zod';
import type { Severity } from '../../core/asset.ts';
import { cleanField } from '../../core/clean.ts';
import { caFile, defineChannel, FOR_PROGRAMS, hostName, portNumber } from '../channel.ts';
import type { Message, Told } from '../message.ts';
import { connectionFailure } from '../outgoing/failure.ts';
import type { Pinned } from '../outgoing/pin.ts';

/** Facility 13, log audit; severities of RFC 5424, table 2. */
const FACILITY = 13;
const SEVERITIES: Readonly<Record<Severity, number>> = { info: 6, low: 5, medium: 4, high: 2 };
const PORTS = { udp: 514, tcp: 514, tls: 6514 } as const;
const TIMEOUT_MS = 15_000;
/** Of a datagram: what every receiver takes (RFC 5426, section 3.2). */
const MOST_BYTES = 2048;

export const syslog = defineChannel({
  kind: 'syslog',
  title: 'Syslog',
  about: 'RFC 5424 over UDP, TCP or TLS, one record an incident.',
  config: z.strictObject({
    host: hostName(),
    port: portNumber().optional(),
    protocol: z.enum(['udp', 'tcp', 'tls']).default('tls'),
    ca: caFile(),
  }),
  example: { host: 'logs.example.net', protocol: 'tls' },
  bulk: FOR_PROGRAMS,
  async send(message, { host, port, protocol, ca: pem }, { pin, ca }) {
    const there = await pin(host);
    const at = port ?? PORTS[protocol];
    const records = recordsOf(message).map((record) => Buffer.from(record, 'utf8'));
    try {
      if (protocol === 'udp') await sendDatagrams(there, at, records);
      else await sendStream(await open(there, at, protocol, ca(pem)), records);
    } catch (error) {
      throw connectionFailure(error, `${host}:${at}`);
    }
    return {};
  },
});

async function sendDatagrams(
  { address, family }: Pinned,
  port: number,
  records: readonly Buffer[],
): Promise<void> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    for (const record of records) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.send(record.subarray(0, MOST_BYTES), port, address, (error) =>
        error ? reject(error) : resolve(),
      );
      await promise;
    }
  } finally {
    socket.close();
  }
}

async function open(
  { address, host }: Pinned,
  port: number,
  protocol: 'tcp' | 'tls',
  ca: string | undefined,
): Promise<Socket> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const tls = { servername: /^[\d.]+$|:/.test(host) ? '' : host, ...(ca === undefined ? {} : { ca }) };
  const socket =
    protocol === 'tls' ? connectTls({ host: address, port, ...tls }) : connectTcp({ host: address, port });
  try {
    await once(socket, protocol === 'tls' ? 'secureConnect' : 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Each with its length before it. Syslog answers nothing: that the other side took the end of the stream is all there is to know. */
async function sendStream(socket: Socket, records: readonly Buffer[]): Promise<void> {
  try {
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    socket.resume();
    for (const record of records) socket.write(Buffer.concat([Buffer.from(`${record.length} `), record]));
    socket.end();
    await closed;
  } finally {
    socket.destroy();
  }
}

function recordsOf({ told, id, test, title, at, severity }: Message): string[] {
  if (test) return [`${head(severity, at, 'test')} - ${cleanField(title)}`];
  return told.map(
    (one) => `${head(one.severity, one.at, one.word)} ${dataOf(one, id)} ${cleanField(one.line)}`,
  );
}

function head(severity: Severity, at: number, id: string): string {
  const time = new Date(at).toISOString();
  return `<${FACILITY * 8 + SEVERITIES[severity]}>1 ${time} ${hostname()} portolan ${process.pid} ${id}`;
}

/** Private enterprise number 32473 is for examples and the like (RFC 5612). */
function dataOf(one: Told, id: string): string {
  const facts: [string, string | number | undefined][] = [
    ['id', id],
    ['incident', one.incident],
    ['kind', one.kind],
    ['site', one.site],
    ['address', one.address],
    ['name', one.name],
    ['port', one.port],
    ['protocol', one.protocol],
  ];
  const words = facts.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}="${cleanField(String(value), 255).replace(/["\\\]]/g, '\\$&')}"`],
  );
  return `[portolan@32473 ${words.join(' ')}]`;
}
