/** TCP conversations of the benign programs. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Exchange {
  host: string;
  port: number;
  /** Seconds until the program gives up. */
  timeout?: number;
  /** Messages sent one after another, each waits for its answer. */
  rounds?: number;
  bytes?: number;
  /** Ends with a RST, as some health checks do. */
  reset?: boolean;
  from?: string | undefined;
  /** Seconds that the connection is kept before it ends. */
  keep?: number;
}

/** One conversation; gives whether it came about. */
export async function talk(one: Exchange): Promise<boolean> {
  const { host, port, timeout = 3, rounds = 1, bytes = 120, reset = false, keep = 0 } = one;
  const socket = net.connect({ host, port, ...(one.from === undefined ? {} : { localAddress: one.from }) });
  let worked = false;
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(timeout * 1000, () => socket.destroy());
  socket.once('connect', async () => {
    worked = true;
    socket.setTimeout(0);
    for (let i = 0; i < rounds && !socket.destroyed; i++) {
      socket.write(Buffer.alloc(bytes, 'q'));
      await Promise.race([once(socket, 'data').catch(() => undefined), over, sleep(2000)]);
    }
    await Promise.race([sleep(keep * 1000), over]);
    if (reset) socket.resetAndDestroy();
    else socket.end();
    setTimeout(() => socket.destroy(), 500);
  });
  await over;
  return worked;
}

/** Runs the tasks, so many at the same time. */
export async function pool(tasks: (() => Promise<unknown>)[], parallel: number): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  const work = async () => {
    for (const task of queue) await task();
  };
  await Promise.all(Array.from({ length: parallel }, work));
}
