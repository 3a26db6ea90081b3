import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countTests } from '../../../scripts/count-tests.mjs';

const SCRIPTS = new URL('../../../scripts/', import.meta.url);

describe('counting tests', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
    testResults: [],
  };

  test('skipped and still to be written count as skipped', () => {
    expect(countTests(report, true)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });

  test('a file that did not load, an error outside of tests, and no tests at all are failures', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(countTests({ ...report, numFailedTests: 2, testResults: [broken] }, false).failed).toBe(3);
    expect(countTests(report, false).failed).toBe(1);
    expect(countTests({ ...report, numPassedTests: 0 }, true).failed).toBe(1);
  });
});

describe('installing what is missing', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-scripts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A package manager that writes down what it is told and, if it `works`, makes the program. */
  function manager(works: boolean): void {
    const make = works
      ? 'case "$1" in install) : > "$0.d/../portolan-test-program"; chmod +x "$0.d/../portolan-test-program";; esac'
      : '';
    spawnSync('mkdir', ['-p', join(folder, 'apt-get.d')]);
    writeFileSync(
      join(folder, 'apt-get'),
      `#!/bin/sh\necho "$@" >> ${folder}/asked\n${make}\nexit ${works ? 0 : 100}\n`,
    );
    chmodSync(join(folder, 'apt-get'), 0o755);
    // For a tester who is not root.
    writeFileSync(join(folder, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  }

  function install() {
    const code = `
      import { ensurePrograms } from '${SCRIPTS}packages.mjs';
      import { command } from '${SCRIPTS}steps.mjs';
      await command(() => ensurePrograms({ 'portolan-test-program': 'portolan-test-package' }, 'the test'));`;
    return spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
  }

  test('fails with the command that would mend it', () => {
    manager(false);
    const { status, stdout, stderr } = install();
    expect(status).toBe(1);
    expect(stdout).toContain('Missing for the test: portolan-test-program. Installing: ');
    expect(stderr).toMatch(/Next: .*apt-get install -y .*portolan-test-package/);
  });

  test('says what it does, does it once, and then nothing', () => {
    manager(true);
    rmSync(join(folder, 'asked'), { force: true });
    expect(install()).toMatchObject({ status: 0, stdout: expect.stringContaining('portolan-test-package') });
    expect(install()).toMatchObject({ status: 0, stdout: '' });
    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
    expect(asked).toEqual(['update -q', 'install -y -q --no-install-recommends portolan-test-package']);
  });
});

test('the references in docs/ say what the code says', () => {
  const { status, stderr } = spawnSync(process.execPath, [new URL('docs.ts', SCRIPTS).pathname, '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
