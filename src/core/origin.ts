/**
 * Where the work at hand comes from: the request or call that caused it. Carried beside the calls themselves, for those
 * far from them that must name it (a line of the log, an error, a request to another service).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Origin {
  /** The correlation id. */
  readonly id: string;
  /** The trace this belongs to (W3C Trace Context): as it came, and once we have a span of our own, that one. */
  traceparent?: string | undefined;
  tracestate?: string | undefined;
  /** Whether a call of a tool has taken the id already: a second one of the same request gets its own. */
  taken?: boolean;
}

const origins = new AsyncLocalStorage<Origin>();

/** Does the work as caused by `origin`, with all that it starts. */
export function within<Result>(origin: Origin, work: () => Result): Result {
  return origins.run(origin, work);
}

/** The cause of what is being done now, if it is known. */
export function currentOrigin(): Origin | undefined {
  return origins.getStore();
}

/** For a call: the request's own id for its first one, with the trace of the request. */
export function originOfCall(wanted?: string): Origin {
  const request = currentOrigin();
  const id = wanted ?? (request && !request.taken ? request.id : crypto.randomUUID());
  if (request) request.taken = true;
  return { id, traceparent: request?.traceparent, tracestate: request?.tracestate };
}

// W3C Trace Context, section 3.2.2: versions after 00 may have more behind the flags; ff and all zeros are invalid.
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-[\x21-\x7e]{0,128}$)/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The trace that a request says it belongs to; nothing of one that is not written as the standard has it. */
export function traceOf(
  traceparent: unknown,
  tracestate: unknown,
): Pick<Origin, 'traceparent' | 'tracestate'> {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return {};
  // One of version 00 ends behind its flags.
  if (traceparent.startsWith('00') && traceparent.length !== 55) return {};
  return {
    traceparent,
    ...(typeof tracestate === 'string' && TRACESTATE.test(tracestate) ? { tracestate } : {}),
  };
}

/** The headers by which another service joins this trace. */
export function traceHeaders(): Record<string, string> {
  const { traceparent, tracestate } = currentOrigin() ?? {};
  if (traceparent === undefined) return {};
  return { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
}
