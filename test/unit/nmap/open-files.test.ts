import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { exhausted } from '../../../src/nmap/machine/open-files.ts';

/** What Node really throws when nothing more can be opened, made in a process that may open little. */
const thrown = (what: string) => {
  const code = `const fs = require('fs'), os = require('os');
    try { for (;;) fs.openSync('/dev/null'); } catch {}
    try { ${what} } catch ({ code, errno }) { fs.writeSync(1, JSON.stringify({ code, errno })); }`;
  const { stdout } = spawnSync('prlimit', ['--nofile=40', process.execPath, '-e', code], {
    encoding: 'utf8',
  });
  const made: { code: string } = JSON.parse(stdout);
  return Object.assign(new Error('made there'), made);
};

describe('a call that failed for want of open files', () => {
  it.each([
    ["fs.openSync('/dev/null')", 'EMFILE'],
    // Found by a drawn fault: a scan that looked up its own addresses then "ended by a defect".
    ['os.networkInterfaces()', 'EMFILE'],
  ])('%s is one of want', (what, name) => {
    expect(exhausted(thrown(what), 'It failed')).toMatchObject({
      code: 'resource_exhausted',
      message: `It failed (${name}).`,
    });
  });

  it('is not taken for others', () => {
    expect(exhausted(Object.assign(new Error('no'), { code: 'ENOENT', errno: -2 }), 'It')).toBeUndefined();
    expect(exhausted(new Error('no'), 'It')).toBeUndefined();
    expect(exhausted('EMFILE', 'It')).toBeUndefined();
  });
});
