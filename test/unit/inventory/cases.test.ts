import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCases } from '../../inventory/grammar/run-cases.ts';

/** vitest may run on a Node that does not read TypeScript. */
const NODE = 'node_modules/.bin/node';
const FOLDER = 'test/inventory/cases';

describe.each(readdirSync(FOLDER).sort())('the cases of %s', (file) => {
  const results = [...runCases(readFileSync(join(FOLDER, file), 'utf8'), file)];

  it.each(results.map((result) => [result.id, result.why, result] as const))('%s: %s', (_, __, result) => {
    expect(result.came, result.place).toBe(result.right ? result.came : result.expected);
  });

  it('has each id once', () => {
    const ids = results.map(({ id }) => id);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });
});

describe('npm run inventory:cases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cases-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const run = (...lines: string[]) => {
    const file = join(folder, 'cases.txt');
    writeFileSync(file, lines.join('\n'));
    const { stdout, status } = spawnSync(NODE, ['test/inventory/run.ts', file], {
      encoding: 'utf8',
    });
    return { stdout, status };
  };

  it('ends with 0 when all are right', () => {
    const { stdout, status } = run('# a comment', 'A1 ; - ; U 22+ -> U 22+ ; none ; the same');
    expect(stdout).toContain('1 of 1 cases right');
    expect(status).toBe(0);
  });

  it('prints what came instead, of all grammars, and ends with 1', () => {
    const { stdout, status } = run(
      'A1 ; - ; U 22+ 80- -> U 22+ 80+ ; none ; wrong',
      'A2 ; - ; U 22+ 80- -> U 22+ 80+ ; port.opened 81 ; wrong port',
      'A3 ; - ; U 22+ 80- -> U 22+ 80- ; port.opened 80 ; nothing came',
      'B1 ; 1:s a=1 m=Gaa -> 2:s a=1 m=Gaa ; A B ; wrong',
      'B2 ; 1:s a=1 m=Gaa -> 2:s a=1 m=Gbb ; A A ; wrong',
      'B3 ; 1:s a=1 m=Gaa -> 1:s a=2 m=Gbb -> 2:s a=1 m=Gaa ; A B A+B ; no merge',
      'G1 ; net: 9 ; 1-3: U 22+ | mac:* -> 1-3: U 22+ 80+ | mac:* ; none, assets=4 ; wrong',
    );
    expect(stdout).toContain('A1: expected none, came port.opened 80');
    expect(stdout).toContain('A2: expected port.opened 81, came port.opened 80');
    expect(stdout).toContain('A3: expected port.opened 80, came none');
    expect(stdout).toContain('B1: expected A B, came A A');
    expect(stdout).toContain('B2: expected A A, came A new2');
    expect(stdout).toContain('B3: expected A B A+B, came A B A');
    expect(stdout).toContain(
      'G1: expected none, assets=4, came port.discovered 80, port.discovered 80, port.discovered 80, assets=3',
    );
    expect(stdout).toContain('0 of 7 cases right, 7 wrong');
    expect(status).toBe(1);
  });

  it('names the case that it cannot read, and goes on', () => {
    const { stdout, status } = run(
      'A1 ; - ; U 22+ -> U 22+ | colour:red ; none ; x',
      'A2 ; - ; U 22* ; none ; x',
      'A3 ; sleepless ; U 22+ ; none ; x',
      'A4 ; - ; U 22+ ; port.exploded 22 ; x',
      'B1 ; 1:s a=1 q=7 ; A ; x',
      'B2 ; 1:s a=1 -> 2:s a=1 ; A ; x',
      'A5 ; - ; U 22+ ; none ; fine',
    );
    expect(stdout).toMatch(/A1: .*nobody knows the word "colour:"/);
    expect(stdout).toMatch(/A2: .*"22\*" is no port/);
    expect(stdout).toMatch(/A3: .*nobody knows the flag "sleepless"/);
    expect(stdout).toMatch(/A4: .*"port\.exploded 22" is no event/);
    expect(stdout).toMatch(/B1: .*nobody knows the word "q=7"/);
    expect(stdout).toMatch(/B2: .*2 sightings and 1 labels/);
    expect(stdout).toContain('1 of 7 cases right, 6 wrong');
    expect(status).toBe(1);
  });

  it('reads several events of one look', () => {
    const { stdout } = run(
      'A1 ; - ; U 22+ -> X -> X -> X -> U 22+ 80+ ; host.returned port.discovered 80 ; apart by a space',
      'A2 ; - ; U 22+ 80- 81- -> U 22+ 80+ 81+ ; port.opened 80 port.opened 81 ; two of a kind',
      'A3 ; - ; U 22+ 80- 81- -> U 22+ 80+ 81+ ; port.opened 80 ; one is missing',
    );
    expect(stdout).toContain('A3: expected port.opened 80, came port.opened 80, port.opened 81');
    expect(stdout).toContain('2 of 3 cases right');
  });

  it('ends with 2 when a file is not there', () => {
    const { status, stderr } = spawnSync(NODE, ['test/inventory/run.ts', join(folder, 'none')], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('ENOENT');
  });
});
