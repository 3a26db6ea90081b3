/** Real services on loopback addresses, for scans to find. */
import { createServer, type Server, type Socket } from 'node:net';

export interface Listener {
  address: string;
  port: number;
  close(): Promise<void>;
}

/** Listens and greets with a banner, as SSH, SMTP and FTP do. Port 0 takes a free one. */
export async function listen(
  address: string,
  port: number,
  banner: string | Buffer,
  /** Told of each connection. */
  onConnection: () => void = () => {},
): Promise<Listener> {
  const connected = new Set<Socket>();
  const server: Server = createServer((socket) => {
    onConnection();
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
    socket.on('error', () => {});
    socket.end(banner);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const bound = server.address();
  return {
    address,
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connected) socket.destroy();
      }),
  };
}

/** The first of `count` ports in a row on which nothing listens on any address. */
export async function freePorts(count: number): Promise<number> {
  // Files that run at the same time have ranges of their own.
  const own = 21_000 + 3800 * ((Number(process.env['VITEST_POOL_ID'] ?? 1) - 1) % 3);
  for (let first = own; first < own + 3800; first += 100) {
    const probes = await Promise.allSettled(
      Array.from({ length: count }, (_, index) => listen('0.0.0.0', first + index, '')),
    );
    await Promise.all(
      probes.map((probe) => (probe.status === 'fulfilled' ? probe.value.close() : undefined)),
    );
    if (probes.every((probe) => probe.status === 'fulfilled')) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}
