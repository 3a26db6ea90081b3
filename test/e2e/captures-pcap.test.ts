/** `portolan pcap` as a person or a script runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from '../built.ts';
import { officeCapture } from '../unit/captures-access/pcap-writer.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portolan-pcap-'));
  await writeFile(join(folder, 'office.pcap'), officeCapture());
  await writeFile(join(folder, 'text.pcap'), 'Dear analyst,\nthis is not a capture.\n'.repeat(40));
});
afterAll(() => rm(folder, { recursive: true }));

// The configuration of whoever runs the tests is not asked.
const ownEnvironment = () => ({ ...process.env, HOME: folder, XDG_CONFIG_HOME: folder });

describe('portolan pcap', () => {
  async function portolan(args: readonly string[], input?: string) {
    const child: ChildProcess = spawn(process.execPath, [MAIN, 'pcap', ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: ownEnvironment(),
    });
    const { stdin, stdout, stderr } = child;
    if (!stdin || !stdout || !stderr) throw new Error('no pipes');
    if (input) createReadStream(input).pipe(stdin);
    else stdin.end();
    const [out, err, [status]] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
    return { out, err, status };
  }
  const office = () => join(folder, 'office.pcap');

  it('prints a table, the open ports and the probes over time', async () => {
    const { out, err, status } = await portolan([office()]);
    expect({ err, status }).toEqual({ err: '', status: 0 });
    expect(out).toMatch(/10\.1\.0\.66\s+syn\s+vertical/);
    expect(out).toContain('10.1.0.10: 22,80');
    expect(out).toMatch(/Probes over time.*\n {2}[▁▂▃▄▅▆▇█ ]+/);
    expect(out).not.toContain('\u001b');
  });

  it('reads standard input', async () => {
    const { out, status } = await portolan(['-', '--json'], office());
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, packets: 442, suspects: [{ ip: '10.1.0.66' }] });
  });

  it('prints CSV and Markdown, and fails on suspects where that is asked', async () => {
    const csv = await portolan([office(), '--csv', '--fail-on-suspects']);
    expect(csv.status).toBe(3);
    expect(csv.out.split('\r\n')).toHaveLength(3);
    const markdown = await portolan([office(), '--markdown', '--known', '10.1.0.66']);
    expect(markdown.status).toBe(0);
    expect(markdown.out).toContain('No scan was found.');
  });

  it('says that it could not open the packets of a link type it does not know', async () => {
    const usb = officeCapture();
    usb.writeUInt32LE(189, 20);
    const file = join(folder, 'usb.pcap');
    await writeFile(file, usb);
    const view = await portolan([file]);
    expect(view.out).toContain('442 of 442 packets are in link type 189 (USB): they were not opened.');
    expect(view.out).toContain('Whether anybody scanned cannot be told');
    expect(view.out).not.toContain('No scan was found');
    expect(JSON.parse((await portolan([file, '--json'])).out)).toMatchObject({
      link_types: [{ link_type: 189, name: 'USB', packets: 442, read: false }],
      unread_packets: 442,
      unread: [{ what: 'in link type 189 (USB)', packets: 442 }],
    });
  });

  it('takes the thresholds of the configuration', async () => {
    const strict = await portolan([office(), '--json', '--set', 'detection.failedEndpoints=500']);
    expect(JSON.parse(strict.out)).toMatchObject({ suspects: [] });
    const config = join(folder, 'portolan.yaml');
    await writeFile(config, 'detection:\n  knownScanners: [10.1.0.0/24]\n');
    const known = await portolan([office(), '--json', '--config', config, '--known', '192.0.2.1']);
    expect(JSON.parse(known.out)).toMatchObject({ suspects: [], known_scanners: [{ ip: '10.1.0.66' }] });
  });

  it.each([
    [['/nowhere/x.pcap'], 2, 'file_not_found'],
    [['--json', '--csv', 'x.pcap'], 2, 'invalid_argument'],
    [['--known', 'everyone', 'x.pcap'], 2, 'invalid_argument'],
    [['--min-ports', 'many', 'x.pcap'], 2, 'invalid_argument'],
    [['--min-ports', '0', 'x.pcap'], 2, 'invalid_argument'],
    [[], 2, 'missing required argument'],
  ])('%j ends with status %d', async (args, status, word) => {
    const result = await portolan(args);
    expect(result.status).toBe(status);
    expect(result.err).toContain(word);
  });

  /** A pcap on a pipe that has been read and does not end; what it says on stderr is told line by line. */
  async function listening() {
    const child = spawn(process.execPath, [MAIN, 'pcap', '-', '--csv'], {
      stdio: 'pipe',
      env: ownEnvironment(),
    });
    const said = child.stderr.setEncoding('utf8')[Symbol.asyncIterator]();
    const out = text(child.stdout);
    const closed = once(child, 'close');
    const office = await readFile(join(folder, 'office.pcap'));
    const records = Buffer.concat(Array.from({ length: 64 }, () => office.subarray(24)));
    // More than a pipe holds: once it is all written, the other side is reading.
    await new Promise((resolve) =>
      child.stdin.write(Buffer.concat([office.subarray(0, 24), records]), resolve),
    );
    return { child, said, out, closed };
  }

  it('waits for the end of a pipe on Ctrl-C, as tcpdump before it got it too', async () => {
    const { child, said, out, closed } = await listening();
    child.kill('SIGINT');
    expect((await said.next()).value).toContain('Waiting for the end of the input');
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
    expect(await out).toContain('10.1.0.66');
  });

  it('gives up on a second Ctrl-C, also when nothing comes any more', async () => {
    const { child, said, out, closed } = await listening();
    child.kill('SIGINT');
    await said.next();
    child.kill('SIGINT');
    expect((await said.next()).value).toContain('Stopped.');
    expect(await closed).toEqual([130, null]);
    expect(await out).toBe('');
  });

  it('fails on what is no capture', async () => {
    const { err, status } = await portolan([join(folder, 'text.pcap')]);
    expect(status).toBe(1);
    expect(err).toContain('corrupt_capture');
  });
});
