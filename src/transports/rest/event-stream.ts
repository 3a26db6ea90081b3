/**
 * `GET /events` as server-sent events (WHATWG HTML, section 9.2). A reader pulls: the next event is taken from the ring when
 * the one before has gone out, so that one who reads slowly, or not at all, holds one event in memory and no more.
 */
import type { Context } from 'hono';
import type { Caller } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import type { EventSource, ServiceEvent } from './sources.ts';

export interface EventStreamLimits {
  /** Readers at the same time, in all and of one caller. */
  most: number;
  mostPerCaller: number;
  /** A sign of life is sent when nothing happens for so long, so that proxies keep the connection. */
  beatMs: number;
  /** A reader who takes nothing for so long is cut off. */
  stallMs: number;
  /** A stream ends after so long. The client comes back by itself, and its token is looked at anew. */
  lifeMs: number;
}

const LIMITS: EventStreamLimits = {
  most: 40,
  mostPerCaller: 10,
  beatMs: 15_000,
  stallMs: 60_000,
  lifeMs: 300_000,
};
const RETRY_MS = 2000;

export interface EventStreams {
  open(context: Context<HttpEnv>): Response | Promise<Response>;
  /** Ends every stream. */
  close(): void;
}

export function createEventStreams(
  events: EventSource | undefined,
  changed: Partial<EventStreamLimits> = {},
): EventStreams {
  const limits = { ...LIMITS, ...changed };
  const readers = new Map<AbortController, string>();
  return {
    open(context) {
      if (!events) return context.notFound();
      const caller = context.get('caller');
      const own = [...readers.values()].filter((id) => id === caller.id).length;
      if (readers.size >= limits.most || own >= limits.mostPerCaller) return full(context, limits);
      const end = new AbortController();
      readers.set(end, caller.id);
      end.signal.addEventListener('abort', () => readers.delete(end));
      const iterator = events.read({
        lastEventId: context.req.header('last-event-id') ?? context.req.query('last_event_id'),
        signal: end.signal,
        visible: (event) => maySee(caller, event),
      });
      return new Response(
        streamOf(iterator, end, () => context.env.outgoing.destroy(), limits),
        {
          headers: {
            'Content-Type': 'text/event-stream; charset=utf-8',
            'Cache-Control': 'no-store',
            // nginx would gather events otherwise.
            'X-Accel-Buffering': 'no',
          },
        },
      );
    },
    close() {
      for (const end of readers.keys()) end.abort();
    },
  };
}

function maySee(
  caller: Caller,
  { owner, scope, site }: Pick<ServiceEvent, 'owner' | 'scope' | 'site'>,
): boolean {
  if (scope !== undefined && !caller.scopes.has(scope)) return false;
  if (site !== undefined && caller.sites?.includes(site) === false) return false;
  return owner === undefined || owner === caller.id || caller.scopes.has('admin');
}

function streamOf(
  iterator: AsyncIterator<ServiceEvent, void, undefined>,
  end: AbortController,
  /** Closes the connection, whatever is still to be sent. */
  cutOff: () => void,
  { beatMs, stallMs, lifeMs }: EventStreamLimits,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<ServiceEvent, void>> | undefined;
  const life = setTimeout(() => end.abort(), lifeMs).unref();
  let stall: NodeJS.Timeout | undefined;
  const finish = () => {
    clearTimeout(life);
    clearTimeout(stall);
    end.abort();
  };
  return new ReadableStream(
    {
      start(controller) {
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
      },
      async pull(controller) {
        clearTimeout(stall);
        next ??= iterator.next();
        const beat = Promise.withResolvers<'beat'>();
        const timer = setTimeout(() => beat.resolve('beat'), beatMs);
        const came = await Promise.race([next, beat.promise]);
        clearTimeout(timer);
        if (came === 'beat') {
          controller.enqueue(encoder.encode(': nothing new\n\n'));
        } else if (came.done) {
          finish();
          controller.close();
          return;
        } else {
          next = undefined;
          controller.enqueue(encoder.encode(wordsOf(came.value)));
        }
        // Its end cancels this stream.
        stall = setTimeout(cutOff, stallMs).unref();
      },
      cancel: finish,
    },
    { highWaterMark: 1 },
  );
}

/** One event on the wire. JSON has no line breaks, and neither have ids and kinds. */
function wordsOf({ id, kind, owner: _, scope: __, data, ...rest }: ServiceEvent): string {
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ ...rest, ...data })}\n\n`;
}

function full(context: Context<HttpEnv>, { most, mostPerCaller }: EventStreamLimits): Response {
  return refuse(
    context,
    429,
    new PortolanError('busy', 'Too many event streams are open.', 'Close one, or come back in a minute.', {
      limit: `${mostPerCaller} of one caller, ${most} in all`,
      retryAfterSeconds: 60,
    }),
  );
}
