import { z } from 'zod';
import { Enrichment } from '../../intel/enrichment.ts';
import { defineTool } from '../call/define-tool.ts';
import { ANSWER_HEAD, captureFailure } from '../captures/output.ts';
import { authToken } from '../captures/read-capture.ts';
import { enrichmentLine } from './intel-text.ts';
import { knownTo } from './known-to.ts';

export const enrichIp = defineTool({
  name: 'enrich_ip',
  title: 'What is known of an address',
  description:
    'Country, network and reputation of one IP address; special-purpose addresses are named as what they are. ' +
    'Tables on this machine first; GreyNoise and AlienVault OTX only where their keys are configured. For several addresses use correlate. Never contacts the address itself.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  toolset: 'intel',
  scope: 'capture:read',
  input: z.strictObject({
    ip: z.string().max(256).describe('One IPv4 or IPv6 address, such as 192.0.2.7 or 2001:db8::7.'),
    auth_token: authToken,
  }),
  output: z.strictObject({ ...ANSWER_HEAD, enrichment: Enrichment }),
  failure: captureFailure,
  async handle({ ip, auth_token }, { services, signal, caller }) {
    services.captures.authorize(auth_token);
    const enrichment = knownTo(caller, await services.intel.enrich(ip, signal));
    return {
      structured: { ok: true as const, generated_at: new Date().toISOString(), enrichment },
      text: enrichmentLine(enrichment),
    };
  },
});
