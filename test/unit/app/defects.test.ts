import { expect, test } from 'vitest';
import { createDefectLog } from '../../../src/app/defects.ts';
import { PortolanError } from '../../../src/core/errors.ts';

function logged() {
  const lines: string[] = [];
  const line =
    (level: string) =>
    (...[facts, text]: [string] | [object, string]) => {
      const shown = typeof facts === 'object' && 'err' in facts ? 'with its stack' : JSON.stringify(facts);
      lines.push(`${level} ${text} ${shown}`);
    };
  let time = 0;
  const onDefect = createDefectLog({ error: line('error'), warn: line('warn') }, () => time);
  const pass = (ms: number) => {
    time += ms;
  };
  return { lines, onDefect, pass };
}
const away = () => new PortolanError('storage_failed', 'PostgreSQL cannot be reached.', 'Start it.');

test('a database that is away is said once a minute, in words, however often it is tried', () => {
  const { lines, onDefect, pass } = logged();
  for (let tries = 0; tries < 61; tries += 1) {
    onDefect(away());
    pass(1000);
  }
  const said =
    'warn what runs waits for the database {"why":"PostgreSQL cannot be reached.","next":"Start it."}';
  expect(lines).toEqual([said, said]);
});

test('everything else is a defect, each time', () => {
  const { lines, onDefect } = logged();
  onDefect(new TypeError('x is undefined'));
  onDefect(new TypeError('x is undefined'));
  expect(lines).toEqual(['error defect with its stack', 'error defect with its stack']);
});
