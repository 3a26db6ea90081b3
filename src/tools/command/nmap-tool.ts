import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { plainNmapRequest } from '../../scans/requests.ts';
import { CommandInput, commandTool } from './define-command-tool.ts';

/** Options by the purpose of a scan, as their users know them. */
export const NMAP_TEMPLATES = {
  quick: '-T4 -Pn --top-ports 100',
  standard: '-T4 -Pn --top-ports 1000 -sV',
  thorough: '-T4 -Pn -p- -sV -sC',
  discovery: '-sn -T4',
  version: '-T4 -Pn -sV',
  script: '-T4 -Pn -sC',
} as const;

type Template = keyof typeof NMAP_TEMPLATES;
const TEMPLATES = Object.keys(NMAP_TEMPLATES) as [Template, ...Template[]];

const Input = CommandInput.extend({
  target: z
    .string()
    .min(1)
    .max(512)
    .describe('One address, host name, network (192.168.1.0/24) or range (192.168.1.10-20).'),
  extra_args: z
    .string()
    .max(65_536)
    .default('')
    .describe('nmap options as on its command line, read against the same table as those of custom_scan.'),
  template: z
    .enum(TEMPLATES)
    .optional()
    .describe(
      `Options by purpose, instead of extra_args: ${TEMPLATES.map((name) => `${name} (${NMAP_TEMPLATES[name]})`).join(', ')}.`,
    ),
});

export const nmapTool = commandTool({
  name: 'NmapTool',
  title: 'nmap, as it prints',
  description:
    'Runs nmap and gives what it prints. Under the same policy as custom_scan, but in one call without a task: prefer ' +
    'quick_scan, full_scan and custom_scan, whose results are structured and survive a timeout. Without template and ' +
    'extra_args it is the template quick.',
  input: Input,
  timeout: { seconds: 300, most: 3600 },
  scanOf: (input) => plainNmapRequest(optionsOf(input), input.target, 'NmapTool'),
  run: async (input, { commands }, asked) => await commands.nmap(optionsOf(input), input.target, asked),
});

function optionsOf({ extra_args, template }: z.output<typeof Input>): string {
  if (template !== undefined && extra_args.trim() !== '') {
    throw new PortolanError(
      'invalid_argument',
      'template and extra_args cannot be given together.',
      `Give one of them; ${template} is extra_args "${NMAP_TEMPLATES[template]}".`,
    );
  }
  return extra_args.trim() === '' ? NMAP_TEMPLATES[template ?? 'quick'] : extra_args;
}
