import { expect, test } from 'vitest';
import type { RunFacts } from '../../../src/core/details.ts';
import { joinRuns } from '../../../src/nmap/xml/run-facts.ts';

const asked = (type: string, ports: string, count: number) => ({ type, protocol: 'tcp', count, ports });

test('several runs of one scan asked what all of them asked, from the first to the last', () => {
  const whole = { elapsed: 2, up: 1, down: 0, total: 1 };
  const phases: RunFacts[] = [
    { started: 10, verbosity: 1, asked: [], finished: whole },
    { started: 11, verbosity: 1, asked: [asked('syn', '1-3,9', 4)], finished: whole },
    {
      started: 12,
      asked: [asked('syn', '3-4', 2), asked('connect', '80', 1)],
      post_scripts: [{ id: 'last', output: '' }],
    },
  ];
  expect(phases.reduce(joinRuns)).toEqual({
    started: 10,
    verbosity: 1,
    asked: [asked('syn', '1-4,9', 5), asked('connect', '80', 1)],
    post_scripts: [{ id: 'last', output: '' }],
  });
  expect(joinRuns(undefined, { asked: [], finished: whole })).toEqual({ asked: [], finished: whole });
});
