import { describe, expect, it } from 'vitest';
import { argvFor } from '../../../src/nmap/command/argv.ts';
import { FLAGS } from '../../../src/policy/allowed-options.ts';
import { command, fixture, ROOT, request } from './fixture.ts';

const argv = async (text: string, how: 'root' | 'capabilities' = 'root') =>
  argvFor(await fixture({ privileges: { ...ROOT, how } }).authorize(command(text)), {
    xml: '/run/1/scan.xml',
  });

describe('argvFor', () => {
  it('is made of the options, our own additions, -- and numeric targets', async () => {
    expect(await argv('-p80 -T4 --open localhost 10.0.0.0/30 192.168.1.5-9')).toEqual(
      '-p 80 -T4 --open -v --stats-every 1s -oX /run/1/scan.xml -- 127.0.0.1 10.0.0.0/30 192.168.1.5-9'.split(
        ' ',
      ),
    );
  });

  it('says -6 for IPv6', async () => {
    expect((await argv('-p 22 fd00::1'))[0]).toBe('-6');
    expect((await argv('-6 -p 22 fd00::1')).filter((word) => word === '-6')).toHaveLength(1);
  });

  it('tells nmap of capabilities, which it does not look for', async () => {
    expect(await argv('10.0.0.1', 'capabilities')).toContain('--privileged');
    expect(await argv('10.0.0.1')).not.toContain('--privileged');
  });

  it('leaves the verbosity that was asked for', async () => {
    expect((await argv('-vv 10.0.0.1')).filter((word) => word.startsWith('-v'))).toEqual(['-v2']);
  });

  it('keeps an expression one word', async () => {
    const words = await argv('--script default 10.0.0.1');
    expect(words[words.indexOf('--script') + 1]).toMatch(/^default and not \(/);
  });

  it.each(['-', '/tmp/%T.xml'])(
    'refuses the report path %s, which nmap reads as something else',
    async (xml) => {
      const scan = await fixture().authorize(request(['10.0.0.1']));
      expect(() => argvFor(scan, { xml })).toThrow(TypeError);
    },
  );

  it('can say every row of the table', async () => {
    const values: Record<string, string> = {
      '--scanflags': 'SYN',
      '-p': '22',
      '-T': '4',
      '--top-ports': '5',
      '--port-ratio': '0.5',
      '--exclude-ports': '80',
      '--script': 'ssl-cert',
      '--script-args': 'vulns.short=1',
      '-D': '10.0.0.2',
      '--dns-servers': '10.0.0.2',
      '-e': 'eth0',
      '--exclude': '10.0.0.3',
      '--spoof-mac': '02:00:00:00:00:01',
    };
    const policy = fixture({ settings: { allowIntrusive: true, allowEvasion: true } });
    for (const { flag, value, optional, needs } of FLAGS.filter(({ instead }) => instead === undefined)) {
      const given = value && !optional ? { flag, value: values[flag] ?? value.parse('8') ?? '8' } : { flag };
      const target = flag === '-6' ? 'fd00::1' : '10.0.0.1';
      const words = argvFor(
        await policy.authorize(request([target], needs ? [given, { flag: needs }] : [given])),
        { xml: '/x' },
      );
      const shown = flag === '-sC' || flag === '-A' ? '--script' : flag;
      if (flag !== '--exclude')
        expect(
          words.some((word) => word.startsWith(shown)),
          flag,
        ).toBe(true);
      expect(words.slice(words.indexOf('--'))).toEqual(['--', target]);
    }
  });
});
