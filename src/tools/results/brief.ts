/** A host for one glance: without what only those read who look for it. */
import type { ScriptResult } from '../../core/details.ts';
import type { HostResult } from '../../core/result.ts';

/** What is left out comes with detail "full" and stands in the reports. */
export function brief({ details: _, ...host }: HostResult): HostResult {
  return {
    ...host,
    ports: host.ports.map(({ details: _, ...port }) => ({ ...port, ...outputs(port) })),
    ...(host.other_ports
      ? {
          other_ports: host.other_ports.map(({ reasons, ...rest }) => ({
            ...rest,
            ...(reasons ? { reasons: reasons.map(({ reason, count }) => ({ reason, count })) } : {}),
          })),
        }
      : {}),
    ...(host.os ? { os: host.os.map(({ classes: _, line: __, ...guess }) => guess) } : {}),
    ...outputs(host),
  };
}

function outputs({ scripts }: { scripts?: ScriptResult[] | undefined }): { scripts?: ScriptResult[] } {
  return scripts ? { scripts: scripts.map(({ id, output }) => ({ id, output })) } : {};
}
