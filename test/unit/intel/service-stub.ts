/** A loopback server in the place of a foreign service: answers what the test says, and remembers what was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServiceStub extends AsyncDisposable {
  url: string;
  requests: { path: string; headers: IncomingMessage['headers'] }[];
}

export type Answer = (response: ServerResponse, count: number) => void;

/** `answer` is called for each request, with how many came before it. */
export async function serviceStub(answer: Answer): Promise<ServiceStub> {
  const requests: ServiceStub['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    answer(response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

/** As documented at docs.greynoise.io/reference/v3ip, shortened. */
export const GREYNOISE_SCANNER = {
  ip: '71.6.135.131',
  business_service_intelligence: { found: false, category: '', name: '', trust_level: '' },
  internet_scanner_intelligence: {
    found: true,
    classification: 'benign',
    first_seen: '2018-01-28',
    last_seen: '2026-02-28',
    last_seen_timestamp: '2026-02-28T12:30:45Z',
    actor: 'Shodan.io',
    spoofable: false,
    cves: [],
    tags: [
      { id: '1', slug: 'mirai', name: 'Mirai', intention: 'malicious' },
      { id: '2', slug: 'telnet', name: 'Telnet Crawler', intention: 'unknown' },
    ],
    metadata: { asn: 'AS10439', organization: 'CariNet, Inc.', source_country_code: 'US', rdns: 'x.example' },
    raw_data: { scan: [{ port: 80, protocol: 'TCP' }] },
  },
  request_metadata: { restricted_fields: [], message: 'ok' },
};

/** As the `general` section at otx.alienvault.com/api, shortened. */
export const OTX_GENERAL = {
  indicator: '71.6.135.131',
  type: 'IPv4',
  type_title: 'IPv4',
  reputation: 0,
  asn: 'AS10439 CARINET',
  country_code: 'US',
  country_name: 'United States of America',
  validation: [{ source: 'false_positive', message: 'Known False Positive', name: 'Known False Positive' }],
  pulse_info: {
    count: 50,
    references: [],
    pulses: [
      {
        id: 'p1',
        name: 'SSH honeypot',
        tags: ['ssh', 'honeypot'],
        malware_families: [{ id: 'm', display_name: 'Mirai' }],
      },
      { id: 'p2', name: 'Scanners', tags: ['honeypot'], malware_families: [] },
    ],
  },
  sections: ['general', 'geo'],
};
