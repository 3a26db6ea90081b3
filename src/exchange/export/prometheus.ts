/** Numbers of the inventory in the text format of Prometheus, for its textfile collector. */
import { openPortsOf } from './asset-words.ts';
import type { ExportFormat } from './format.ts';

export const prometheus: ExportFormat = {
  name: 'prometheus',
  title: 'Prometheus gauges',
  mediaType: 'text/plain; version=0.0.4',
  async *write({ site, assets, incidents }) {
    const hosts = new Map<string, number>();
    const ports = new Map<string, number>();
    const open = new Map<string, number>();
    for await (const asset of assets) {
      count(hosts, labels({ site, state: asset.state, class: asset.class }));
      for (const { protocol } of openPortsOf(asset)) count(ports, labels({ site, protocol }));
    }
    for await (const { event, state } of incidents) {
      if (state === 'open' || state === 'acknowledged')
        count(open, labels({ site, severity: event.severity }));
    }
    yield gauge('portolan_inventory_assets', 'Assets by state and class.', hosts);
    yield gauge('portolan_inventory_open_ports', 'Open ports by protocol.', ports);
    yield gauge('portolan_inventory_open_incidents', 'Incidents that are not closed, by severity.', open);
  },
};

function count(into: Map<string, number>, key: string): void {
  into.set(key, (into.get(key) ?? 0) + 1);
}

/** Exposition format of Prometheus: backslash, quote and line feed are escaped. */
function labels(pairs: Record<string, string>): string {
  const texts = Object.entries(pairs).map(
    ([name, value]) =>
      `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return `{${texts.join(',')}}`;
}

function gauge(name: string, help: string, values: ReadonlyMap<string, number>): string {
  const lines = [...values].map(([key, value]) => `${name}${key} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}
