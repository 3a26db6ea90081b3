import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { EFFECTS } from '../../core/expectation.ts';
import { formatPorts, portSet } from '../../core/port-set.ts';
import { Protocol } from '../../core/result.ts';
import { defineTool, type ToolContext } from '../call/define-tool.ts';
import { Since } from '../results/filter-inputs.ts';
import { plural } from '../results/numbers.ts';
import { askerOf } from './asker.ts';
import { ExpectationOutput, expectationOutput, rowLine } from './expectation-output.ts';

const PORTS = /^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/;
const Reason = z.string().min(1).max(500);
const MOST_LINES = 50;

const Entry = z.strictObject({
  hosts: z
    .string()
    .min(1)
    .max(1024)
    .describe('Which, as find_assets asks: tag:web net:10.0.0.0/8, id:ASSET.'),
  ports: z.string().max(1024).regex(PORTS, 'write ports as 22,80,1000-1010').describe('22,80,1000-1010'),
  protocol: Protocol.default('tcp'),
  effect: z
    .enum(EFFECTS)
    .default('allow')
    .describe('allow: may be open; require: must be; forbid: must not.'),
  product: z.string().min(1).max(256).optional().describe('Only this may answer there, such as nginx.'),
  reason: Reason,
  until: Since.optional().describe('After this it is as if it had not been said.'),
});

const Input = z.strictObject({
  add: z.array(Entry).min(1).max(1000).optional().describe('Entries to add.'),
  present: z
    .string()
    .max(2000)
    .optional()
    .describe('Hosts whose ports that are open now are as they should be, as find_assets asks; "" for all.'),
  reason: Reason.optional().describe('Why, with present.'),
  until: Since.optional().describe('End of what present says.'),
  remove: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(1000)
    .optional()
    .describe('expectation_id to take back.'),
  site: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Of this site; the one of the configuration when absent.'),
});

export const setExpectations = defineTool({
  name: 'set_expectations',
  title: 'Say what is expected',
  description:
    'Says which ports may, must or must not be open on which hosts, from entries or from what is open now, or takes ' +
    'entries back. Changes that are as expected are kept as info; others weigh more. Only when a person asked for it.',
  annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  toolset: 'inventory_admin',
  scope: 'inventory:approve',
  input: Input,
  output: z.strictObject({ added: z.array(ExpectationOutput), removed: z.number().int() }),
  async handle(given, { services: { inventory }, caller }) {
    const asker = askerOf(caller);
    const added = await add(given, inventory, asker);
    const removed = given.remove === undefined ? 0 : await inventory.unexpect(given.remove, asker);
    const more = added.length - MOST_LINES;
    return {
      structured: { added: added.map(expectationOutput), removed },
      text: [
        `${plural(added.length, 'entry')} added, ${removed} taken back.`,
        ...added.slice(0, MOST_LINES).map(rowLine),
        ...(more > 0 ? [`and ${plural(more, 'entry')} more: list_expectations lists them`] : []),
        'It holds from the next look on; list_expectations shows what differs now.',
      ].join('\n'),
    };
  },
});

async function add(
  given: z.output<typeof Input>,
  inventory: ToolContext['services']['inventory'],
  asker: ReturnType<typeof askerOf>,
) {
  const { add: entries, present, reason, until, remove, site } = given;
  if (entries !== undefined && present !== undefined) throw wrong('add and present are two ways to say it.');
  if (entries !== undefined)
    return await inventory.expect(
      {
        site,
        entries: entries.map(({ hosts, ports, product, until: end, ...entry }) => ({
          ...entry,
          selector: hosts,
          ports: formatPorts(portsOf(ports)),
          ...(product === undefined ? {} : { product }),
          ...(end === undefined ? {} : { expiresAt: Date.parse(end) }),
        })),
      },
      asker,
    );
  if (present !== undefined) {
    if (reason === undefined) throw wrong('With present, a reason is needed.');
    const expiresAt = until === undefined ? undefined : Date.parse(until);
    return await inventory.expect({ present, site, reason, expiresAt }, asker);
  }
  if (remove === undefined) throw wrong('Nothing was said.');
  return [];
}

function portsOf(text: string): readonly number[] {
  const ports = portSet(text);
  if (ports.every((port) => port <= 65_535) && ports.length > 0) return ports;
  throw wrong(`ports: ${JSON.stringify(text.slice(0, 60))} goes beyond 65535 or runs backwards.`);
}

const wrong = (why: string) =>
  new PortolanError(
    'invalid_argument',
    why,
    'Give add (a list of hosts, ports, reason), or present with a reason, or remove with expectation_id.',
  );
