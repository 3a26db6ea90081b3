/**
 * Ready-made requests a person can pick in a client. Each says which tools to use in which order and how to read the
 * answer, so that a model does not have to find out by trial on a network.
 */
import { z } from 'zod';
import { completeTaskId } from './completions.ts';
import { INVENTORY_PROMPTS } from './inventory-prompts.ts';
import { NEVER_INSTRUCTIONS, type Prompt, Word } from './prompt.ts';

export const PROMPTS: readonly Prompt[] = [
  {
    name: 'survey_network',
    title: 'Survey a network',
    description: 'Find the live hosts of a network and what they offer, in two careful steps.',
    scope: 'scan:run',
    arguments: z.strictObject({
      network: Word.describe('What to survey: 192.168.1.0/24, a range, a name or an address.'),
    }),
    text: ({ network }) =>
      [
        `Survey "${network}".`,
        '1. Call plan_scan for quick_scan of it, and tell me the number of addresses, the expected time and every refusal before anything is sent.',
        '2. If nothing is refused, call quick_scan. If it answers with a task, follow get_task_status until it has ended and page through get_task_result.',
        '3. Give me one table: address, name, open ports with service and version, what stands out. Say which hosts were down.',
        '4. Report the coverage notes word for word: what was not tested is not the same as closed.',
        'Propose full_scan or a custom_scan only for hosts where it would answer an open question, and ask me first.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  {
    name: 'explain_exposure',
    title: 'Explain what a scan exposes',
    description: 'Read a finished scan and say what is reachable, why it matters and what to check first.',
    scope: 'scan:read',
    arguments: z.strictObject({ task_id: Word.describe('The task of the scan.') }),
    complete: { task_id: completeTaskId },
    text: ({ task_id }) =>
      [
        `Call get_task_result with task_id "${task_id}" and read every page.`,
        'For each host say what is reachable, whether the version was probed or only guessed from the port number, and what someone who reaches it could do.',
        'Rank the findings; for the first five give the command or setting that would confirm or close each.',
        'Claim nothing the scan did not test: use its coverage notes, and call filtered ports unknown.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  {
    name: 'compare_scans',
    title: 'Compare two scans',
    description: 'Say what changed between two scans: hosts and ports that came, went or changed version.',
    scope: 'inventory:read',
    arguments: z.strictObject({
      before: Word.describe('The task of the earlier scan.'),
      after: Word.describe('The task of the later scan.'),
    }),
    complete: { before: completeTaskId, after: completeTaskId },
    text: ({ before, after }) =>
      [
        `Call what_changed with since "${before}..${after}", every page.`,
        'Tell the changes in the order of their severity: hosts and ports that came, went, or changed service or version.',
        'Repeat what was not compared: a port that one of the two did not ask has not changed.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  ...INVENTORY_PROMPTS,
];
