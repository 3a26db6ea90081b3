/** With detail "full": what the table of a host has no room for, as JSON, for those who read the text alone. */
import type { ScriptResult } from '../../core/details.ts';
import type { HostOutput } from './output.ts';

export function besides({
  details,
  uptime,
  os = [],
  ports,
  scripts,
  other_ports = [],
  hostnames,
}: HostOutput): string {
  const places = ports.map((port) => [`${port.port}/${port.protocol}`, port] as const);
  const facts = {
    ...details,
    ...filled({
      uptime: uptime ?? {},
      os: os.map(({ name, line, classes }) => ({ name, line, classes })),
      hostname_types: hostnames?.map(({ type }) => type) ?? [],
      ports: Object.fromEntries(
        places.map(([place, { reason, method, confidence, details }]) => [
          place,
          { reason, method, confidence, ...details },
        ]),
      ),
      scripts: Object.fromEntries([
        ...places.flatMap(([place, port]) => pieces(`${place} `, port.scripts)),
        ...pieces('', scripts),
      ]),
      other_ports: other_ports.flatMap(({ state, reasons = [] }) =>
        reasons.map((reason) => ({ state, ...reason })),
      ),
    }),
  };
  return Object.keys(facts).length === 0 ? '' : `  besides: ${JSON.stringify(facts)}`;
}

function pieces(place: string, scripts: readonly ScriptResult[] = []) {
  return scripts.flatMap(({ id, data }) => (data === undefined ? [] : [[`${place}${id}`, data] as const]));
}

/** Without what is empty. */
function filled(parts: Record<string, object>): Record<string, object> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
}
