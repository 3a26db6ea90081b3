import { isIP } from 'node:net';
import { z } from 'zod';
import { LOCAL_CALLER } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { networkScanDraft, requestOf } from '../../scans/requests.ts';
import { defineTool, type ToolContext } from '../call/define-tool.ts';
import { networkAnswer } from '../results/network-answer.ts';
import { NetworkAnswer } from '../results/network-output.ts';
import { fromScanner, howInputs, networkInputs, type Place, Scanner, timeout } from './input.ts';
import { startAndWait } from './run-scan.ts';

const NetworkInput = z.strictObject({
  target: z
    .string()
    .min(1)
    .max(128)
    .describe('One address, a network (192.168.1.0/24) or a range (192.168.1.1-100). No names.'),
  scan_type: networkInputs.scan_type.default('basic'),
  port_range: networkInputs.port_range.optional(),
  host_discovery: networkInputs.host_discovery.default(false),
  host: z
    .string()
    .max(253)
    .default('localhost')
    .describe('The machine to scan from; another than this one needs ssh_user and a credential.'),
  ssh_port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Port of its SSH server; 22 when absent.'),
  ssh_user: z.string().min(1).max(64).optional().describe('Account on host.'),
  ssh_pwd: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe(
      'Password of ssh_user. Better: a scanner of the configuration, which keeps secrets out of calls.',
    ),
  ssh_key: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('Path of a private key on the machine of Portolan; wins over ssh_pwd.'),
  scanner: Scanner,
  ...howInputs,
  timeout: timeout(600),
});
type NetworkInput = z.output<typeof NetworkInput>;

export const scanNetwork = defineTool({
  name: 'scan_network',
  title: 'Scan a network from here or from elsewhere',
  description:
    'Scans an address, a network or a range with nmap, from this machine or from another one over SSH: name a scanner ' +
    'of the configuration (best), or give host with ssh_user and ssh_key or ssh_pwd. Same policy, tasks and results as ' +
    'quick_scan. A scan that outlasts the wait goes on as a task: the answer names it.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  toolset: 'scan',
  scope: 'scan:run',
  input: NetworkInput,
  output: NetworkAnswer,
  async handle(input, context) {
    const request = requestOf(networkScanDraft(input));
    const place = await placeOf(input, context);
    const task = await startAndWait({ ...request, ...place }, input.timeout, context).catch(async (error) => {
      // Refused: there is no task that would let go of it at its end.
      if (place.scanner !== undefined) await context.services.remote.release(place.scanner);
      throw error;
    });
    return await networkAnswer(task, context);
  },
});

/** Where from; a scanner that the call describes is held in memory, and nothing of its credentials goes any further. */
async function placeOf(input: NetworkInput, { services, caller }: ToolContext): Promise<Place> {
  const { scanner, host, ssh_port, ssh_user, ssh_pwd, ssh_key } = input;
  const given = Object.entries({ ssh_port, ssh_user, ssh_pwd, ssh_key }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const here = host === 'localhost' || (given.length === 0 && isIP(host) !== 0 && isLoopback(host));
  if (scanner !== undefined) {
    if (given.length === 0 && here) return fromScanner(scanner);
    throw incomplete(
      'scanner already says where from',
      `Leave ${[...(here ? [] : ['host']), ...given].join(', ')} out.`,
    );
  }
  if (here && given.length === 0) return {};
  const missing = [
    ...(host === 'localhost' ? ['host (the machine to scan from)'] : []),
    ...(ssh_user === undefined ? ['ssh_user'] : []),
    ...(ssh_key === undefined && ssh_pwd === undefined ? ['ssh_key or ssh_pwd'] : []),
  ];
  if (missing.length > 0 || ssh_user === undefined) {
    throw incomplete(
      `to scan from another machine, ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
      'Give them, or name a scanner of the configuration with scanner, or leave host and all ssh_ arguments out to scan from here.',
    );
  }
  if (caller !== LOCAL_CALLER && !services.remote.allowInlineCredentials) {
    throw new PortolanError(
      'scanner_not_allowed',
      'scan_network: credentials in a call are not taken over HTTP.',
      'Name a scanner of the configuration with scanner, or let the operator set remote.allowInlineCredentials.',
    );
  }
  const handle = await services.remote.hold({
    host,
    port: ssh_port ?? 22,
    user: ssh_user,
    key: ssh_key,
    password: ssh_key === undefined ? ssh_pwd : undefined,
  });
  return { scanner: handle, host };
}

const isLoopback = (host: string) => host === '127.0.0.1' || host === '::1';

function incomplete(what: string, next: string): PortolanError {
  return new PortolanError('invalid_argument', `scan_network: ${what}.`, next);
}
