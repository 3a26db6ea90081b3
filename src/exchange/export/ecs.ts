/** Changes as events of the Elastic Common Schema (ECS 8: event, host, server, network and rule fields), one a line. */
import type { Severity } from '../../core/asset.ts';
import type { ExportFormat, Incident } from './format.ts';

/** `event.severity` is a number of the source's own; these are those of OCSF as well. */
const SEVERITIES: Readonly<Record<Severity, number>> = { info: 1, low: 2, medium: 3, high: 4 };

export const ecs: ExportFormat = {
  name: 'ecs',
  title: 'Elastic Common Schema, JSON Lines',
  mediaType: 'application/x-ndjson',
  async *write({ incidents, version }) {
    for await (const incident of incidents) yield `${JSON.stringify(eventOf(incident, version))}\n`;
  },
};

function eventOf({ event, state }: Incident, version: string) {
  const { kind, severity, address, port, protocol } = event;
  return {
    '@timestamp': new Date(event.at).toISOString(),
    ecs: { version: '8.17.0' },
    event: {
      kind: severity === 'info' ? 'event' : 'alert',
      category: [
        kind.startsWith('host.')
          ? 'host'
          : /^(port|service|middlebox)\./.test(kind)
            ? 'network'
            : 'configuration',
      ],
      type: [
        /\.(new|opened|discovered)$/.test(kind)
          ? 'creation'
          : /\.(missing|closed)$/.test(kind)
            ? 'deletion'
            : 'change',
      ],
      action: kind,
      severity: SEVERITIES[severity],
      id: event.uid,
      created: new Date(event.seenAt).toISOString(),
      module: 'portolan',
    },
    observer: { product: 'Portolan', vendor: 'Portolan', version, name: event.vantage },
    ...(event.asset === undefined && address === undefined
      ? {}
      : {
          host: {
            ...(event.asset === undefined ? {} : { id: event.asset }),
            ...(address === undefined ? {} : { ip: [address] }),
          },
        }),
    ...(port === undefined
      ? {}
      : {
          server: { port, ...(address === undefined ? {} : { address, ip: address }) },
          network: { transport: protocol ?? 'tcp' },
        }),
    rule: { id: event.rule },
    portolan: {
      site: event.site,
      state,
      ...(event.before === undefined ? {} : { before: event.before }),
      ...(event.after === undefined ? {} : { after: event.after }),
    },
  };
}
