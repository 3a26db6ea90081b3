import PQueue from 'p-queue';
import { z } from 'zod';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { isPrivate } from '../../intel/classify.ts';
import { Enrichment } from '../../intel/enrichment.ts';
import type { Intel } from '../../intel/intel.ts';
import { defineTool } from '../call/define-tool.ts';
import { ANSWER_HEAD, captureFailure } from '../captures/output.ts';
import { authToken } from '../captures/read-capture.ts';
import { enrichmentLine } from './intel-text.ts';
import { knownTo } from './known-to.ts';

/** Questions to one service at the same time. */
const AT_ONCE = 4;

const Result = z.union([
  z.strictObject({
    ip: z.string(),
    ok: z.literal(true),
    kind: z.string(),
    enrichment: Enrichment,
  }),
  z.strictObject({
    ip: z.string(),
    skipped: z.literal(true),
    /** `private_ip`, or the kind of special-purpose address: `multicast`, `shared_cgnat`, `documentation`, ... */
    reason: z.string(),
    kind: z.string(),
  }),
  z.strictObject({ ip: z.string(), ok: z.literal(false), error: z.literal('invalid_ip') }),
]);
type Result = z.infer<typeof Result>;

export const correlate = defineTool({
  name: 'correlate',
  title: 'What is known of many addresses',
  description:
    'As enrich_ip for up to 100 addresses, such as the suspects of a capture: public ones are enriched, private and other special-purpose ones are named and skipped, ' +
    'what is no address is marked. One bad entry does not fail the call. Never contacts the addresses themselves.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  toolset: 'intel',
  scope: 'capture:read',
  input: z.strictObject({
    ips: z.array(z.string().max(256)).min(1).max(100).describe('IPv4 and IPv6 addresses.'),
    auth_token: authToken,
  }),
  output: z.strictObject({ ...ANSWER_HEAD, results: z.array(Result) }),
  failure: captureFailure,
  async handle({ ips, auth_token }, { services, signal, report, caller }) {
    services.captures.authorize(auth_token);
    const queue = new PQueue({ concurrency: AT_ONCE });
    let done = 0;
    const results = await queue.addAll(
      ips.map((ip) => async () => {
        const result = await look(services.intel, ip, signal);
        if ('enrichment' in result) result.enrichment = knownTo(caller, result.enrichment);
        done += 1;
        report({ progress: (done / ips.length) * 100, total: 100, message: `${done} of ${ips.length}` });
        return result;
      }),
    );
    return {
      structured: { ok: true as const, generated_at: new Date().toISOString(), results },
      text: results.map(line).join('\n'),
    };
  },
});

async function look(intel: Intel, ip: string, signal: AbortSignal): Promise<Result> {
  try {
    const address = intel.classify(ip);
    const wanted = address.kind === 'public' || (isPrivate(address) && intel.allowPrivate);
    if (wanted) return { ip, ok: true, kind: address.kind, enrichment: await intel.enrich(ip, signal) };
    const reason = isPrivate(address) ? 'private_ip' : address.kind;
    return { ip, skipped: true, reason, kind: address.kind };
  } catch (error) {
    if (!(error instanceof PortolanError) || error.code !== 'invalid_ip') throw error;
    return { ip: cleanField(ip, 64), ok: false, error: 'invalid_ip' };
  }
}

function line(result: Result): string {
  if ('skipped' in result) return `${result.ip}: skipped, ${result.reason}`;
  return result.ok ? enrichmentLine(result.enrichment) : `${result.ip}: not an IP address`;
}
