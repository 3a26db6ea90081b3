/** Addresses of a server in words that a client can use: never one that means "all of them". */
import { networkInterfaces } from 'node:os';

/** What a server listens on when it takes connections on every address. */
const EVERYWHERE = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

export function listensEverywhere(host: string): boolean {
  return EVERYWHERE.has(host);
}

/** How this machine itself reaches it, as the host of a URL. */
export function localAddress(host: string): string {
  return inUrl(EVERYWHERE.get(host) ?? host);
}

/**
 * The MCP endpoint for clients, who may be elsewhere: server.publicUrl, else the first name of server.allowedHosts or
 * an address of this machine where it listens on all of them, else as it listens.
 * @param local {@link HttpService.url}
 */
export function clientUrl(
  local: string,
  { host, publicUrl, allowedHosts }: { host: string; publicUrl?: string | undefined; allowedHosts: string[] },
): string {
  const url = new URL(local);
  if (publicUrl !== undefined) return `${new URL(publicUrl).origin}${url.pathname}`;
  if (!listensEverywhere(host)) return local;
  url.hostname = allowedHosts[0] ?? outsideAddress() ?? url.hostname;
  return url.href;
}

function outsideAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.internal === false && one.family === 'IPv4')?.address;
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
