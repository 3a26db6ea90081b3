/** Reports of other programs go in, and the inventory comes out, over the command line, REST and the tools. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home } from '../unit/cli/portolan.ts';

const DATA = join(import.meta.dirname, '../unit/exchange/data');
let home: Home;
let files: string;

beforeAll(() => {
  home = new Home();
  files = mkdtempSync(join(tmpdir(), 'portolan-exchange-'));
  copyFileSync(join(DATA, 'nmap.xml'), join(files, 'office.xml'));
});
afterAll(() => {
  home[Symbol.dispose]();
  rmSync(files, { recursive: true, force: true });
});

const file = (name: string, text?: string) => {
  const path = join(files, name);
  if (text !== undefined) writeFileSync(path, text);
  return path;
};

describe('portolan import', () => {
  it('says what a file would mean, and keeps nothing', async () => {
    const { status, stdout } = await home.run(['import', '--preview', file('office.xml')]);
    expect(stdout).toMatch(/^office\.xml \(nmap-xml\): 2 hosts, .*Nothing was kept yet/);
    expect(stdout).toContain('It tells what was asked: 10.9.0.10-10.9.0.14.');
    expect(status).toBe(0);
    expect((await home.run(['assets'])).stdout).toMatch(/No host|empty/i);
  });

  it('takes it in, and twice the same is nothing', async () => {
    const { stdout } = await home.run(['import', file('office.xml')]);
    expect(stdout).toMatch(/2 hosts in 1 look, 1 of them new, taken into the inventory/);
    expect((await home.run(['import', file('office.xml')])).stdout).toContain(
      'imported before: nothing is new',
    );
    const listed = await home.run(['assets', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ total: 2 });
  });

  it('keeps the sites apart', async () => {
    await home.run(['import', '--site', 'branch', file('list.csv', 'ip,port\n10.9.0.10,8443\n')]);
    const { total } = JSON.parse((await home.run(['assets', 'net:10.9.0.10', '--json'])).stdout);
    expect(total).toBe(2);
    const branch = JSON.parse((await home.run(['assets', '--site', 'branch', '--json'])).stdout);
    expect(branch.assets).toMatchObject([{ site: 'branch', open_ports: ['8443/tcp'] }]);
  });

  it.each([
    ['a file there is not', 'none.xml', undefined, /none\.xml cannot be read/],
    ['an empty one', 'empty.xml', '', /is empty/],
    ['one of another kind', 'notes.txt', 'dear diary\n', /none of the formats.*Give one of/s],
    ['a packed one', 'packed.csv', '\u001f\u008b\b', /none of the formats|is packed/],
  ])('refuses %s, and says what can be given', async (_, name, text, words) => {
    const { status, stderr } = await home.run(['import', file(name, text)]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(words);
  });

  it('takes what it can of a report that breaks off, says so, and does not end with 0', async () => {
    const whole = readFileSync(file('office.xml'), 'utf8');
    const cut = whole.slice(0, whole.lastIndexOf('<host '));
    const { status, stdout } = await home.run(['import', '--site', 'cut', file('cut.xml', cut)]);
    expect(stdout).toMatch(/could not be read to its end/);
    expect(status).toBe(1);
    expect(JSON.parse((await home.run(['assets', '--site', 'cut', '--json'])).stdout).total).toBeGreaterThan(
      0,
    );
  });
});

describe('portolan export', () => {
  it('writes a table that a spreadsheet opens, of what matches', async () => {
    const { stdout } = await home.run(['export', 'net:10.9.0.0/24', '--site', 'branch']);
    const rows = parse(stdout, { columns: true });
    expect(rows).toMatchObject([{ port: '8443' }]);
  });

  it('writes into a file for its owner alone, in the format that was asked for', async () => {
    const path = join(files, 'out.json');
    const { stderr } = await home.run(['export', '--format', 'json', '-o', path]);
    expect(stderr).toContain('Written to');
    const { assets } = JSON.parse(readFileSync(path, 'utf8'));
    expect(assets.length).toBeGreaterThan(2);
  });

  it('writes what is imported again as the same hosts', async () => {
    const path = join(files, 'again.xml');
    await home.run(['export', '--site', 'default', '--format', 'nmap-xml', '-o', path]);
    const { stdout } = await home.run(['import', '--preview', path]);
    expect(stdout).toMatch(/nmap-xml\): 2 hosts/);
  });

  it.each([
    [['export', '--format', 'pdf'], /not written as "pdf".*Use one of: csv/s],
    [['export', 'prot:22'], /Did you mean port:/],
  ])('%j says what can be asked', async (args, words) => {
    const { status, stderr, stdout } = await home.run(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
  });
});

describe('portolan coverage', () => {
  it('says what was looked at, from where and when', async () => {
    const { status, stdout } = await home.run(['coverage', '--site', 'default']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/default +10\.9\.0\.0\/24 +port +none +5 of 256/);
    expect(stdout).toContain('import');
  });

  it('ends with 3 for a network that is overdue, when that is asked', async () => {
    const net = ['--set', 'inventory.networks={"lab":{"network":"10.9.0.0/24","discovery":"1h"}}'];
    expect((await home.run(['coverage', ...net])).status).toBe(0);
    // Networks of the configuration are taken over by a process that remembers.
    await home.run(['import', file('again.csv', 'ip,port\n10.9.0.11,80\n'), ...net]);
    const { status, stdout } = await home.run(['coverage', '--fail-on-overdue', ...net]);
    expect(stdout).toMatch(/lab +host +1h .*overdue/);
    expect(status).toBe(3);
  });

  it('writes the proof as a page and as data', async () => {
    const page = join(files, 'proof.html');
    expect((await home.run(['coverage', '--report', page])).stderr).toContain('Written to');
    expect(readFileSync(page, 'utf8')).toContain('<h1>What was looked at in site default</h1>');
    const data = join(files, 'proof.json');
    await home.run(['coverage', '--report', data]);
    const proof = JSON.parse(readFileSync(data, 'utf8'));
    expect(proof.looks).toContainEqual(expect.objectContaining({ kind: 'import', state: 'folded' }));
    expect((await home.run(['coverage', '--report', join(files, 'proof.pdf')])).status).toBe(2);
  });
});

describe('the tools', () => {
  const call = async (tool: string, args: readonly string[], folder?: string) => {
    const set = folder === undefined ? [] : ['--set', `captures.allowedDir=${folder}`];
    return await home.run(['call', tool, ...args, ...set]);
  };

  it('import below captures.allowedDir alone, and show first', async () => {
    file('more.csv', 'ip,port\n10.9.0.77,22\n');
    expect((await call('import_inventory', ['path=more.csv'])).stderr).toContain('captures.allowedDir');
    expect((await call('import_inventory', ['path=../../etc/passwd'], files)).stderr).toContain(
      'path_outside_allowed_dir',
    );
    const shown = await call('import_inventory', ['path=more.csv'], files);
    expect(shown.stdout).toContain('1 host, 1 port');
    expect(shown.stdout).toContain('Call again with preview: false to keep it.');
    expect((await home.run(['assets', 'net:10.9.0.77'])).stdout).toContain('No host');
    const done = await call('import_inventory', ['path=more.csv', 'preview=false'], files);
    expect(done.stdout).toContain('1 host in 1 look, 1 of them new');
  });

  it('export what was imported', async () => {
    const { stdout } = await call('export_inventory', ['format=csv', 'query=net:10.9.0.77']);
    expect(stdout).toContain('10.9.0.77');
  });
});
