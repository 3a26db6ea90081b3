import { z } from 'zod';
import { DECISIONS } from '../../inventory/service.ts';
import { defineTool } from '../call/define-tool.ts';
import { Since } from '../results/filter-inputs.ts';
import { plural } from '../results/numbers.ts';
import { askerOf } from './asker.ts';
import { changeLine } from './change-line.ts';
import { ChangeOutput, changeOutput } from './output.ts';

export const acceptChanges = defineTool({
  name: 'accept_changes',
  title: 'Decide about changes',
  description:
    'Decides about changes that what_changed listed: accept (as it should be), acknowledge, mute, ignore, or undo a ' +
    'decision. Only when a person asked for it.',
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  toolset: 'inventory',
  scope: 'inventory:write',
  input: z.strictObject({
    changes: z.array(z.string().min(1).max(64)).min(1).max(500).describe('Their change_id.'),
    decision: z.enum(DECISIONS).describe('What was decided.'),
    until: Since.optional().describe('End of the acceptance or mute, such as 2026-12-31T00:00:00Z.'),
    reason: z.string().max(500).optional().describe('Why, for those who read it later.'),
  }),
  output: z.strictObject({ changes: z.array(ChangeOutput), expected: z.array(z.string()) }),
  async handle({ changes, decision, until, reason }, { services, caller }) {
    const decided = await services.inventory.decide(
      { changes, decision, until: until === undefined ? undefined : Date.parse(until), reason },
      askerOf(caller),
    );
    return {
      structured: { changes: decided.changes.map(changeOutput), expected: [...decided.expected] },
      text: [
        `${plural(decided.changes.length, 'change')}: ${PAST[decision]}.`,
        ...decided.changes.map(changeLine),
        ...(decided.expected.length > 0 ? ['Expected from now on:', ...decided.expected] : []),
      ].join('\n'),
    };
  },
});

const PAST = {
  accept: 'accepted',
  acknowledge: 'acknowledged',
  mute: 'muted',
  ignore: 'ignored',
  undo: 'the decision is undone',
} as const;
