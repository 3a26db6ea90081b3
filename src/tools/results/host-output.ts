/** Hosts and ports in the shape of output.ts, whose schemas only the list of tools needs. */
import type { HostResult, PortResult } from '../../core/result.ts';
import type { HostOutput, PortOutput } from './output.ts';

/** A port as it is stored, as answers say it. */
export function portOutput({ version, ...port }: PortResult): PortOutput {
  const both = [port.product, version].filter(Boolean).join(' ');
  return {
    ...port,
    ...(both === '' ? {} : { version: both }),
    ...(version === undefined ? {} : { product_version: version }),
  };
}

/** A host as it is stored, as answers say it. */
export const hostOutput = (host: HostResult): HostOutput => ({ ...host, ports: host.ports.map(portOutput) });
