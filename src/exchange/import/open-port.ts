/** A port that a file says is open. */
import type { PortSighting, ServiceSighting } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';

export interface OpenPort extends Partial<Pick<ServiceSighting, 'name' | 'product' | 'version' | 'tunnel'>> {
  port: number;
  protocol: Protocol;
  reason?: string | undefined;
  /** The service itself was heard; else its name is that of the port number. */
  heard?: boolean;
}

export function openPort({ port, protocol, reason, heard = false, ...service }: OpenPort): PortSighting {
  const words = Object.entries(service).filter(([, value]) => value !== undefined);
  return {
    port,
    protocol,
    word: 'open',
    ...(reason === undefined ? {} : { reason }),
    ...(words.length === 0
      ? {}
      : {
          service: {
            ...Object.fromEntries(words),
            method: heard ? ('probed' as const) : ('table' as const),
            confidence: heard ? 8 : 3,
          },
        }),
  };
}
