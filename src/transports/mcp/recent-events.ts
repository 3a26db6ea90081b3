/**
 * What a session sent last, so that a 2025 client whose stream broke (a proxy that cuts idle connections, a laptop
 * asleep) gets what it missed when it comes back with Last-Event-ID. Bounded: older events are forgotten, and the
 * result of a scan is still there as its task.
 */
import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

interface StoredEvent {
  id: number;
  streamId: string;
  message: JSONRPCMessage;
  size: number;
}

const MAX_EVENTS = 256;
/** Bytes of a session's messages, roughly: as many UTF-16 units. */
const MAX_SIZE = 512 * 1024;

export class RecentEvents implements EventStore {
  #events: StoredEvent[] = [];
  #size = 0;
  #last = 0;

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const size = JSON.stringify(message).length;
    this.#events.push({ id: ++this.#last, streamId, message, size });
    this.#size += size;
    while (this.#events.length > MAX_EVENTS || (this.#size > MAX_SIZE && this.#events.length > 1)) {
      this.#size -= this.#events.shift()?.size ?? 0;
    }
    return String(this.#last);
  }

  /** Undefined for an event that was never sent or has been forgotten: the client then starts anew. */
  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return this.#events.find(({ id }) => String(id) === eventId)?.streamId;
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const streamId = (await this.getStreamIdForEventId(lastEventId)) ?? '';
    for (const { id, message, ...event } of this.#events) {
      if (id <= Number(lastEventId) || event.streamId !== streamId) continue;
      // Empty messages only open a stream; they have been seen.
      if (Object.keys(message).length > 0) await send(String(id), message);
    }
    return streamId;
  }
}
