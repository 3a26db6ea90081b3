import { describe, expect, it } from 'vitest';
import { portsAsked } from '../../../src/scans/ports-asked.ts';
import {
  customScanDraft,
  fullScanRequest,
  networkScanDraft,
  quickScanRequest,
  requestOf,
} from '../../../src/scans/requests.ts';

describe('which ports were asked, in words', () => {
  it.each([
    [quickScanRequest(['10.0.0.1']), 'the 100 most common TCP ports'],
    [fullScanRequest(['10.0.0.1']), 'TCP ports 1-65535'],
    [networkScanDraft({ target: '10.0.0.1', port_range: '22,80-90' }).request, 'TCP ports 22,80-90'],
    [
      networkScanDraft({ target: '10.0.0.1', host_discovery: true }).request,
      'no ports (host discovery alone)',
    ],
  ])('%j', (request, words) => expect(portsAsked(request)).toBe(words));

  it.each([
    ['10.0.0.1', 'the 1000 most common TCP ports'],
    ['-F 10.0.0.1', 'the 100 most common TCP ports'],
    ['-p- 10.0.0.1', 'TCP ports 1-65535'],
    ['-sU --top-ports 20 10.0.0.1', 'the 20 most common UDP ports'],
    ['-sS -sU -p T:80,U:53 10.0.0.1', 'TCP and UDP ports T:80,U:53'],
    ['-sA -p 1-100 --exclude-ports 25 10.0.0.1', 'TCP ports 1-100, without 25'],
    ['--port-ratio 0.1 10.0.0.1', 'TCP ports that are open on more than 0.1 of all machines (nmap-services)'],
    ['-sO 10.0.0.1', 'IP protocols 0-255'],
    ['-sO -p 1,6 10.0.0.1', 'IP protocols 1,6'],
    ['-sL 10.0.0.0/30', 'no ports (targets were only listed)'],
  ])('%s', (command, words) => expect(portsAsked(requestOf(customScanDraft(command)))).toBe(words));
});
