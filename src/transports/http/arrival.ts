/**
 * How long a request may take to arrive. As a whole a minute; an upload that was let in may go on for as long as it keeps
 * coming, so that a large file on a slow line is taken and a trickle holds no place open.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const MINUTE_MS = 60_000;
/** Bytes of an upload within each minute, about 70 kbit/s. Silence is the least of all. */
const LEAST = 512 * 1024;
/** An upload as a whole; Node itself ends what is not there by then. */
export const LONGEST_MS = 3_600_000;

interface Limit {
  timer: NodeJS.Timeout;
  minuteMs: number;
}

const limits = new WeakMap<IncomingMessage, Limit>();

/** Ends the connection when the request is not there in time. @param minuteMs shorter in tests */
export function limitArrival(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  minuteMs: number = MINUTE_MS,
): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = incoming.headers;
  if (length === '0' && coding === undefined) return;
  const timer = setTimeout(() => giveUp(incoming, outgoing), minuteMs).unref();
  limits.set(incoming, { timer, minuteMs });
  incoming.once('close', () => clearTimeout(limits.get(incoming)?.timer));
}

/** From now on it may take its time, as long as enough of it comes in each minute. @returns ends that again */
export function allowUpload(incoming: IncomingMessage, outgoing: ServerResponse): () => void {
  const limit = limits.get(incoming);
  if (!limit) return () => {};
  const { minuteMs } = limit;
  const { socket } = incoming;
  let before = arrived(socket);
  clearTimeout(limit.timer);
  limit.timer = setInterval(() => {
    const now = arrived(socket);
    // What is sent faster than the disk takes it stands in the socket: then we are slow, and not the sender.
    if (!incoming.complete && now - before < LEAST && !incoming.readableLength) giveUp(incoming, outgoing);
    before = now;
  }, minuteMs).unref();
  return () => {
    clearTimeout(limit.timer);
    // A refused one may go on for a moment, so that who sends it hears why.
    if (!incoming.complete) limit.timer = setTimeout(() => giveUp(incoming, outgoing), minuteMs).unref();
  };
}

const arrived = (socket: Socket) => socket.bytesRead;

/** As Node does it with a request that takes too long. */
function giveUp(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.complete) return;
  const { socket } = incoming;
  if (!outgoing.headersSent && socket.writable)
    socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  socket.destroy();
}
