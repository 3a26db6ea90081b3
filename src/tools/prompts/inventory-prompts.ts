/** Requests about what is remembered of the network. */
import { z } from 'zod';
import { NEVER_INSTRUCTIONS, type Prompt, Word } from './prompt.ts';

export const INVENTORY_PROMPTS: readonly Prompt[] = [
  {
    name: 'morning_report',
    title: 'What happened since yesterday',
    description: 'What changed since you asked last, what nobody looked at, and what to decide.',
    scope: 'inventory:read',
    arguments: z.strictObject({}),
    text: () =>
      [
        'Call what_changed with since "last".',
        '1. Tell the changes in the order of their severity, one line each, with the host and why it matters.',
        '2. Repeat what was not compared: no news of a network that nobody looked at is no news.',
        '3. End with the decisions that are open, and ask me which change to accept, mute or look into. Call accept_changes only for those I name.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  {
    name: 'triage_change',
    title: 'Look into a change',
    description: 'What is known about one change, what may be behind it, and the one scan that would tell.',
    scope: 'inventory:read',
    arguments: z.strictObject({
      change_id: Word.describe('The change, as what_changed lists it.'),
      host: Word.describe('The host it concerns: its address, name or id.'),
    }),
    text: ({ change_id, host }) =>
      [
        `Call what_changed with since "7d" and find the change "${change_id}"; call get_asset for "${host}".`,
        'Say what was so before, what is so now, which look said so and by which rule.',
        'Name the two or three likeliest causes and what speaks for and against each in what you have read.',
        'Propose the one scan that would tell them apart: call plan_scan for it, show me its size and time, and wait for my word.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  {
    name: 'baseline_network',
    title: 'Learn what is normal on a network',
    description: 'Look at a network once, and propose what should be expected there from now on.',
    scope: 'scan:run',
    arguments: z.strictObject({ network: Word.describe('192.168.1.0/24, a range or an address.') }),
    text: ({ network }) =>
      [
        `Call plan_scan for quick_scan of "${network}" and tell me its size, its time and every refusal.`,
        'If nothing is refused and I agree, call quick_scan and follow its task to the end.',
        `Call find_assets with the query "net:${network}" and list the hosts with their open ports, grouped by what they seem to be.`,
        'Mark what surprises you. Propose what to expect of each group, in words, and ask me before anything is accepted.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
  {
    name: 'who_scanned_us',
    title: 'Who scanned us, and what they learnt',
    description: 'Reads a packet capture, and holds what the scanners saw against what is known.',
    scope: 'capture:read',
    arguments: z.strictObject({ path: Word.describe('The capture, below the folder of captures.') }),
    text: ({ path }) =>
      [
        `Call scan_overview with path "${path}", then list_suspects for it.`,
        'For each suspect: who it is, how it scanned, what it learnt. Scans of our own are told as ours; say so.',
        'For each answered port, call find_assets for the host and say whether we knew it: known since when, expected, or new to us.',
        'End with the ports that answered a stranger and that nobody expects, the gravest first.',
        NEVER_INSTRUCTIONS,
      ].join('\n'),
  },
];
