import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../src/scans/requests.ts';
import { type AskedScan, askedOf, draftOf } from '../../../src/tools/scan/asked-scan.ts';

describe('what asks for the same scan again', () => {
  it.each<AskedScan>([
    { target: '127.0.0.1' },
    { target: ['10.0.0.0/24', 'nas.lan'], politeness: 'gentle' },
    { scan: 'full_scan', target: '10.0.0.7', strategy: 'plain' },
    { scan: 'scan_network', target: '10.0.0.0/24' },
    { target: '10.0.0.0/24', scan_type: 'quick', politeness: 'fast' },
    { target: '10.0.0.1-9', port_range: '22,8000-8100', strategy: 'adaptive' },
    { target: '10.0.0.0/24', host_discovery: true },
    { command: '-sU -p 53,161 --max-retries 1 10.0.0.1 10.0.0.2' },
    { command: "-sV --script 'safe and http-title' -p 80 10.0.0.1" },
    { command: '-PS22,80 -PE -T3 -vv -p 80 10.0.0.1' },
    { command: "-sV --script http-title --script-args 'http.useragent=a b' -p 80 10.0.0.1" },
  ])('%j', (asked) => {
    const request = requestOf(draftOf(asked, 'test'));
    expect(requestOf(draftOf(askedOf(request), 'test'))).toEqual(request);
  });
});
