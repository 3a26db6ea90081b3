import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortolanError } from '../../../src/core/errors.ts';
import { FLAGS, writeOption } from '../../../src/policy/allowed-options.ts';
import { checkOption, parseCommand } from '../../../src/policy/command.ts';
import { argvOf, codeOf, fixture } from './fixture.ts';

const flags = (text: string) =>
  parseCommand(`${text} 10.0.0.1`).options.map(({ flag, value }) =>
    value === undefined ? flag : `${flag}=${value}`,
  );

describe('parseCommand', () => {
  it.each([
    ['-sS -p 80,443,8080', ['-sS', '-p=80,443,8080']],
    ['-p80', ['-p=80']],
    ['-p-', ['-p=-']],
    ['-p -', ['-p=-']],
    ['-pT:80,U:53 -sU -sS', ['-p=T:80,U:53', '-sU', '-sS']],
    ['-sSUV', ['-sS', '-sU', '-sV']],
    ['-sCV', ['-sC', '-sV']],
    ['-vv', ['-v=2']],
    ['-v3', ['-v=3']],
    ['-v', ['-v']],
    ['-ddd', ['-d=3']],
    ['-T4', ['-T=4']],
    ['-T aggressive', ['-T=4']],
    ['-Tinsane', ['-T=5']],
    ['--top-ports 20', ['--top-ports=20']],
    ['--top-ports=020', ['--top-ports=20']],
    ['-PS', ['-PS']],
    ['-PS22,80-90', ['-PS=22,80-90']],
    ['-PE -PP', ['-PE', '-PP']],
    ['-PN', ['-Pn']],
    ['-g53', ['--source-port=53']],
    ['-g 53', ['--source-port=53']],
    ['--fuzzy', ['--osscan-guess']],
    ['--host-timeout 5m', ['--host-timeout=5m']],
    ['--scanflags SYNFIN', ['--scanflags=SYNFIN']],
    ["--script 'ssh-hostkey, ssl-cert'", ['--script=ssh-hostkey,ssl-cert']],
    ['--script-args ssh_hostkey=all', ['--script-args=ssh_hostkey="all"']],
    ['"-sV"', ['-sV']],
    ['-"s"V', ['-sV']],
  ])('reads %s', (text, expected) => expect(flags(text)).toEqual(expected));

  it('takes targets before, between and after options', () => {
    expect(parseCommand('10.0.0.1 -sV fd00::1 -p 22 host').targets).toEqual(['10.0.0.1', 'fd00::1', 'host']);
  });

  it.each([
    // [command, code]
    ['', 'invalid_target'],
    ['   ', 'invalid_target'],
    ['-sV', 'invalid_target'],
    ['nmap -sV 10.0.0.1', 'invalid_argument'],
    ['-p', 'invalid_option'],
    ['10.0.0.1 --top-ports', 'invalid_option'],
    ['-p 22\\,80 10.0.0.1', 'invalid_argument'],
    ["-p '22 10.0.0.1", 'invalid_argument'],
    ['-p "22 10.0.0.1', 'invalid_argument'],
    ['-sV\n10.0.0.1', 'invalid_argument'],
    ['-sV\t10.0.0.1', 'invalid_argument'],
    ['-sV\u00a010.0.0.1', 'invalid_argument'],
    ['-sV 10.0.0.1 | tee x', 'invalid_argument'],
    ['$(id)', 'invalid_argument'],
    ['`id`', 'invalid_argument'],
    [`-sV 10.0.0.1 ${'x'.repeat(9000)}`, 'invalid_argument'],
    ['- 10.0.0.1', 'invalid_option'],
    ['-- 10.0.0.1', 'option_not_allowed'],
    ['-p 22 -- -iL x', 'option_not_allowed'],
    ['--vers 10.0.0.1', 'invalid_option'],
    ['--top 20 10.0.0.1', 'invalid_option'],
    ['-top-ports 20 10.0.0.1', 'invalid_option'],
    ['--Top-Ports 20 10.0.0.1', 'invalid_option'],
    ['-sV=1 10.0.0.1', 'invalid_option'],
    ['--open=1 10.0.0.1', 'invalid_option'],
    ['-nF 10.0.0.1', 'invalid_option'],
    ['-sSI 10.0.0.1', 'option_not_allowed'],
    ['-sI zombie 10.0.0.1', 'option_not_allowed'],
    ['-oA x 10.0.0.1', 'option_not_allowed'],
    ['-oXfile 10.0.0.1', 'option_not_allowed'],
    ['-oX- 10.0.0.1', 'option_not_allowed'],
    ['-oX /tmp/x 10.0.0.1', 'option_not_allowed'],
    ['-oG x 10.0.0.1', 'option_not_allowed'],
    ['-oA - 10.0.0.1', 'option_not_allowed'],
    ["-e 'eth0;x' 10.0.0.1", 'invalid_argument'],
    ['-e ../eth0 10.0.0.1', 'invalid_option'],
    ['--dns-servers dns.lab 10.0.0.1', 'invalid_option'],
    ['--dns-servers 10.0.0.0/24 10.0.0.1', 'invalid_option'],
    ['--script-args http-title.url=//8.8.8.8/ 10.0.0.1', 'invalid_option'],
    ['--script-args http-enum.fingerprintfile=/etc/passwd 10.0.0.1', 'invalid_option'],
    ['--script-args http.host=a,http.host=b 10.0.0.1', 'invalid_option'],
    ['--script-args mysql-audit.filename=x 10.0.0.1', 'invalid_option'],
    ['-S1.2.3.4 10.0.0.1', 'option_not_allowed'],
    ['-iR 5', 'option_not_allowed'],
    ['--iL=x', 'option_not_allowed'],
    ['--proxy http://x 10.0.0.1', 'option_not_allowed'],
    ['--versiondb x 10.0.0.1', 'option_not_allowed'],
    ['--excludefile x 10.0.0.1', 'option_not_allowed'],
    ['--log-errors 10.0.0.1', 'option_not_allowed'],
    ['--privileged 10.0.0.1', 'option_not_allowed'],
    ['--data-string x 10.0.0.1', 'option_not_allowed'],
    ['--ip-options R 10.0.0.1', 'option_not_allowed'],
    ['-T6 10.0.0.1', 'invalid_option'],
    ['--min-rate 0 10.0.0.1', 'invalid_option'],
    ['--min-rate 1e9 10.0.0.1', 'invalid_option'],
    ['--host-timeout 9999h 10.0.0.1', 'invalid_option'],
    ['--version-intensity 10 10.0.0.1', 'invalid_option'],
    ['--scanflags SYNX 10.0.0.1', 'invalid_option'],
    ['--mtu 25 10.0.0.1', 'invalid_option'],
    ['--mtu 0 10.0.0.1', 'invalid_option'],
    ['-D RND 10.0.0.1', 'invalid_option'],
    ['-D ME,ME 10.0.0.1', 'invalid_option'],
    ['-D host 10.0.0.1', 'invalid_option'],
    ['-D 10.0.0.0/24 10.0.0.1', 'invalid_option'],
    ['--spoof-mac Cisco 10.0.0.1', 'invalid_option'],
    ['-PS1-65535 10.0.0.1', 'invalid_option'],
    ['-PShttp 10.0.0.1', 'invalid_option'],
    ['--exclude host 10.0.0.1', 'invalid_option'],
    ['--script-args newtargets=1 10.0.0.1', 'invalid_option'],
    ['--script-args constructor=x 10.0.0.1', 'invalid_option'],
    ["--script-args 'http-title.url=/,newtargets' 10.0.0.1", 'invalid_option'],
    ["--script-args 'http.useragent=x,newtargets=1' 10.0.0.1", 'invalid_option'],
    ["--script-args 'http-title.url=http://8.8.8.8/' 10.0.0.1", 'invalid_option'],
    ['--script all, 10.0.0.1', 'invalid_option'],
    ['--script default/ 10.0.0.1', 'invalid_option'],
    ['--script a***b 10.0.0.1', 'invalid_option'],
  ])('refuses %j with %s', async (text, code) => {
    expect(await codeOf(() => parseCommand(text))).toBe(code);
  });

  it('gives a next step with every refusal, for any text at all', () => {
    const words = fc.oneof(
      fc.constantFrom(...FLAGS.flatMap(({ flag, also }) => [flag, ...(also ?? [])])),
      fc.constantFrom(
        '-oX',
        '--iL',
        '-S',
        '--',
        '-',
        "'",
        '"',
        '=',
        ' ',
        '10.0.0.1',
        '22',
        'default',
        '/etc/passwd',
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), fc.constantFrom('', ' '), (parts, space) => {
        try {
          for (const option of parseCommand(parts.join(space)).options) {
            expect(checkOption(option)).toEqual(option);
          }
        } catch (error) {
          if (!(error instanceof PortolanError)) throw error;
          expect(error.next.length).toBeGreaterThan(5);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the flags table', () => {
  it('has each spelling once, and a value in words wherever it has a value', () => {
    const spellings = FLAGS.flatMap(({ flag, also }) => [flag, ...(also ?? [])]);
    expect(new Set(spellings).size).toBe(spellings.length);
    for (const row of FLAGS) {
      if (row.joined || row.optional) expect(row.value).toBeDefined();
      expect(row.flag).toMatch(/^(-[A-Za-z0-9]{1,2}|--[a-z-]+)$/);
    }
  });

  it('has no row for what reads, writes, forges a source or chooses targets', () => {
    const never =
      '-S -b -sI -iL -iR -i -o -oN -oX -oG -oA -oS --oN --oX --proxies --proxy --excludefile --script-args-file --datadir --servicedb --versiondb --resume --append-output --stylesheet --webxml --script-updatedb --script-help --iflist --interactive --ip-options --data --data-string --send-eth --send-ip --privileged --unprivileged --log-errors --packet-trace --script-trace';
    // What has an answer in its place is never passed on: see authorize.test.ts.
    const passed = FLAGS.filter(({ instead }) => instead === undefined);
    const spellings = new Set(passed.flatMap(({ flag, also }) => [flag, ...(also ?? [])]));
    expect(never.split(' ').filter((flag) => spellings.has(flag))).toEqual([]);
  });

  it('writes what parseCommand reads back as the same', () => {
    const value: Record<string, string> = { '-v': '2', '-d': '1', '-T': '4', '-PO': '1,6' };
    for (const row of FLAGS.filter(({ joined }) => joined)) {
      const option = { flag: row.flag, value: value[row.flag] ?? '22,80' };
      expect(parseCommand(`${writeOption(option).join(' ')} 10.0.0.1`).options).toEqual([option]);
    }
  });

  it('names -sS -sU in the order asked', async () => {
    expect(await argvOf(fixture(), '-n -sS -p 22 10.0.0.1')).toBe('-n -sS -p 22 -- 10.0.0.1');
  });
});
