import { z } from 'zod';
import type { PortolanError } from '../../core/errors.ts';
import { CoverageNote } from '../../core/result.ts';
import type { ScanPlan } from '../../scans/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { ErrorOutput } from '../results/output.ts';
import { askedScan, draftOf } from './asked-scan.ts';
import { fromScanner, Scanner, timeout } from './input.ts';

const PlanInput = z.strictObject({
  scan: askedScan.scan.describe(
    'Which tool to plan. By default the one whose arguments are given: quick_scan for target alone.',
  ),
  ...askedScan.arguments,
  timeout: timeout(600),
  scanner: Scanner,
});

const PlanAnswer = z.strictObject({
  allowed: z.boolean(),
  /** What would follow `nmap`; of an adaptive scan: if it were one nmap. */
  argv: z.array(z.string()).optional(),
  /** How an adaptive scan begins; without argv where Portolan itself connects. Only hosts that are up are swept. */
  phases: z.array(z.strictObject({ phase: z.string(), argv: z.array(z.string()).optional() })).optional(),
  address_count: z.number().int(),
  /** The first addresses that would be probed, after names are resolved. */
  addresses: z.array(z.string()),
  names: z.array(z.strictObject({ name: z.string(), addresses: z.array(z.string()) })),
  /** Packets or connections, at the least, before retransmissions. */
  probes: z.number().int().optional(),
  seconds: z.strictObject({ low: z.number(), high: z.number() }).optional(),
  privileges: z.strictObject({ needed: z.boolean(), have: z.boolean(), detail: z.string() }),
  coverage: z.array(CoverageNote),
  refusals: z.array(ErrorOutput),
});
type PlanAnswer = z.infer<typeof PlanAnswer>;

export const planScan = defineTool({
  name: 'plan_scan',
  title: 'Plan a scan without running it',
  description:
    'Takes what quick_scan, full_scan, custom_scan or scan_network take and sends nothing: the exact argv (of an ' +
    'adaptive scan: of its first phases), addresses with names resolved, probes, a time range, privileges, and every ' +
    'refusal with its reason. Call it before a large or unusual scan.',
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  toolset: 'scan',
  scope: 'scan:read',
  input: PlanInput,
  output: PlanAnswer,
  async handle(input, { services }) {
    const { request, refusals } = draftOf(input, 'plan_scan');
    const judged = planOutput(await services.scans.plan({ ...request, ...fromScanner(input.scanner) }));
    const plan = withUnread(judged, refusals);
    return { structured: plan, text: planText(plan) };
  },
});

/** The plan of what could be read, with what could not: beside that, there is nothing that would run. */
function withUnread(plan: PlanAnswer, unread: readonly PortolanError[]): PlanAnswer {
  if (unread.length === 0) return plan;
  const { argv: _argv, phases: _phases, ...rest } = plan;
  // A target that was unreadable is missing to the policy, which is the same said twice.
  const noTarget = unread.some(({ code }) => code === 'invalid_target');
  const judged = plan.refusals.filter(({ code }) => !(noTarget && code === 'invalid_target'));
  return { ...rest, allowed: false, refusals: [...unread.map((refusal) => refusal.toValue()), ...judged] };
}

function planOutput(plan: ScanPlan): PlanAnswer {
  return {
    allowed: plan.allowed,
    ...(plan.argv ? { argv: plan.argv } : {}),
    ...(plan.phases ? { phases: plan.phases } : {}),
    address_count: plan.addressCount,
    addresses: plan.addresses,
    names: plan.names,
    ...(plan.probes === undefined ? {} : { probes: plan.probes }),
    ...(plan.seconds ? { seconds: plan.seconds } : {}),
    privileges: plan.privileges,
    coverage: plan.notes,
    refusals: plan.refusals,
  };
}

function planText(plan: PlanAnswer): string {
  const lines = [plan.allowed ? 'Allowed. Nothing was sent.' : 'Refused. Nothing was sent.'];
  if (plan.phases) {
    lines.push('Would run in phases, of which the first are:');
    for (const { phase, argv } of plan.phases) {
      lines.push(`- ${phase}: ${argv ? `nmap ${argv.join(' ')}` : 'connections by Portolan itself'}`);
    }
  } else if (plan.argv) lines.push(`Would run: nmap ${plan.argv.join(' ')}`);
  for (const { name, addresses } of plan.names) lines.push(`${name} is ${addresses.join(', ')}`);
  if (plan.address_count > 0) lines.push(`Addresses: ${plan.address_count}, ${someOf(plan)}`);
  if (plan.probes !== undefined && plan.seconds) {
    const { low, high } = plan.seconds;
    lines.push(`Probes: about ${plan.probes}. Time: ${seconds(low)} to ${seconds(high)}.`);
  }
  const { needed, have, detail } = plan.privileges;
  lines.push(
    `Privileges: ${needed ? 'raw sockets needed' : 'none needed'}, ${have ? 'raw sockets available' : 'raw sockets not available'} (${detail}).`,
  );
  for (const note of plan.coverage) lines.push(`Note (${note.kind}): ${note.message}`);
  for (const refusal of plan.refusals) {
    lines.push(
      `Refused (${refusal.code}): ${refusal.message}${refusal.limit ? ` Limit: ${refusal.limit}.` : ''} ${refusal.next}`,
    );
  }
  return lines.join('\n');
}

function someOf({ addresses, address_count }: PlanAnswer): string {
  const shown = addresses.slice(0, 16).join(', ');
  return address_count > 16 ? `beginning with ${shown}` : shown;
}

function seconds(count: number): string {
  if (count < 120) return `${Math.ceil(count)} s`;
  return count < 7200 ? `${Math.ceil(count / 60)} min` : `${(count / 3600).toFixed(1)} h`;
}
