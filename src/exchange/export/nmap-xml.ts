/** The inventory as a report of nmap (nmap.dtd), for the many programs that read those. Not a scan: it says what is known. */

import { isIPv6 } from 'node:net';
import type { Asset } from '../../core/asset.ts';
import { attributes, element, escaped } from '../../core/xml-element.ts';
import { addressesOf, macsOf, namesOf, openPortsOf } from './asset-words.ts';
import type { ExportFormat } from './format.ts';

const seconds = (at: number) => Math.floor(at / 1000);

export const nmapXml: ExportFormat = {
  name: 'nmap-xml',
  title: 'XML of nmap',
  mediaType: 'application/xml',
  async *write({ assets, now, version }) {
    const start = seconds(now);
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n';
    // Its own name would be refused by the DTD; what it is stands in its arguments. --open: it tells only what is there.
    yield `<nmaprun${attributes({ scanner: 'nmap', args: 'portolan export --open', start, version, xmloutputversion: '1.05' })}>\n`;
    yield `${element('verbose', { level: 0 })}${element('debugging', { level: 0 })}\n`;
    let up = 0;
    for await (const asset of assets) {
      const host = hostOf(asset);
      if (host === '') continue;
      up += 1;
      yield host;
    }
    yield element(
      'runstats',
      {},
      element('finished', {
        time: start,
        timestr: new Date(now).toUTCString(),
        elapsed: 0,
        exit: 'success',
      }) + element('hosts', { up, down: 0, total: up }),
    );
    yield '\n</nmaprun>\n';
  },
};

function hostOf(asset: Asset): string {
  const [address, ...others] = addressesOf(asset);
  // nmap has one address of a host, and no hosts without.
  if (address === undefined || asset.state !== 'present') return '';
  const [mac] = macsOf(asset);
  const content = [
    element('status', { state: 'up', reason: 'inventory', reason_ttl: 0 }),
    element('address', { addr: address, addrtype: isIPv6(address) ? 'ipv6' : 'ipv4' }),
    ...(mac === undefined
      ? []
      : [element('address', { addr: mac.toUpperCase(), addrtype: 'mac', vendor: asset.vendor })]),
    element(
      'hostnames',
      {},
      namesOf(asset)
        .map((name) => element('hostname', { name, type: 'user' }))
        .join('') || '\n',
    ),
    element('ports', {}, openPortsOf(asset).map(portOf).join('') || '\n'),
    ...(asset.os === undefined
      ? []
      : [
          element(
            'os',
            {},
            element('osmatch', { name: asset.os.name, accuracy: asset.os.accuracy, line: 0 }),
          ),
        ]),
  ];
  const comment = others.length === 0 ? undefined : `also ${others.join(', ')}`;
  return `${element('host', { starttime: seconds(asset.firstSeen), endtime: seconds(asset.lastSeen), comment }, content.join('\n'))}\n`;
}

function portOf({ port, protocol, service }: Asset['services'][number]): string {
  const told = service
    ? element(
        'service',
        {
          name: service.name ?? 'unknown',
          product: service.product,
          version: service.version,
          tunnel: service.tunnel === 'ssl' ? 'ssl' : undefined,
          method: service.method,
          conf: service.confidence,
        },
        (service.cpe ?? []).map((cpe) => `<cpe>${escaped(cpe)}</cpe>`).join(''),
      )
    : '';
  return element(
    'port',
    { protocol, portid: port },
    element('state', { state: 'open', reason: 'inventory', reason_ttl: 0 }) + told,
  );
}
