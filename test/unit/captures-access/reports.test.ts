import { describe, expect, it } from 'vitest';
import type { CaptureReport } from '../../../src/captures/findings.ts';
import { isoTime } from '../../../src/captures/iso-time.ts';
import { csvReport, jsonReport, markdownReport } from '../../../src/captures/report-documents.ts';
import { suspectsText, TEXT_BUDGET } from '../../../src/captures/report-text.ts';
import { cutRanges, notesOf, nothingFound, shortSuspect } from '../../../src/captures/report-view.ts';
import { sparkline } from '../../../src/cli/pcap-sparkline.ts';
import { report, suspect } from './sample-report.ts';

const AT = '2026-11-20T08:00:00.000Z';
const HOSTILE = '=HYPERLINK("http://x"),`|<script>\u001b[2J\u202e@evil\n# heading';

describe('the text of an answer', () => {
  it('says which packets were not opened, by reason', () => {
    const unread = [1000, 300, 40, 5, 3, 2, 1].map((packets, at) => ({ what: `in layer ${at}`, packets }));
    expect(notesOf(report({ packets: 2431, unread_packets: 1351, unread }))).toEqual([
      '1,351 of 2,431 packets were not opened: 1,000 are in layer 0, 300 are in layer 1, 40 are in layer 2, ' +
        '5 are in layer 3, 3 are in layer 4, 3 for other reasons.',
    ]);
  });

  it('does not say that nobody scanned in a capture that was mostly not opened', () => {
    const mostly = report({ suspects: [], packets: 2431, unread_packets: 1290 });
    expect(nothingFound(mostly)).toBe(
      'No scan was found in the 1,141 packets that were opened, but most of this capture was not: 1,290 of 2,431 packets.',
    );
    expect(nothingFound(report({ packets: 2431, unread_packets: 2431 }), 'No suspects.')).toBe(
      'Whether anybody scanned cannot be told: none of the 2,431 packets could be opened.',
    );
    expect(nothingFound(report({ packets: 2580, unread_packets: 1290 }))).toBe('No scan was found.');
    expect(nothingFound(report({ packets: 0 }), 'No suspects.')).toBe('No suspects.');
    expect(markdownReport('a.pcap', mostly, AT)).toContain('most of this capture was not: 1,290 of 2,431');
    expect(jsonReport('a.pcap', mostly, AT)).toContain('"unread_packets": 1290');
  });

  it('shows each suspect in a line and what it learned below', () => {
    expect(suspectsText([suspect()], TEXT_BUDGET)).toMatchInlineSnapshot(`
      "ip         technique  kind      tool  hosts  ports  probes  rate/s  first seen (UTC)     open  confidence
      10.1.0.66  syn        vertical  nmap  1      100    100     100     2026-09-21 14:13:20  2     0.98
      10.1.0.66 syn: 98 of 100 endpoints failed
        open: 10.1.0.10: 22,80
        probed ports: 1-100
        tool: nmap (window 1024, MSS only)
        packets: 241, 242, 243"
    `);
  });

  it('stays within its budget: every suspect has its line, details only as many as fit', () => {
    const many = Array.from({ length: 20 }, (_, at) =>
      suspect({ ip: `10.1.0.${at}`, ports: '1-3,5,7,'.repeat(500), reasons: ['a long reason '.repeat(30)] }),
    );
    const text = suspectsText(many, TEXT_BUDGET);
    expect(text.length).toBeLessThanOrEqual(TEXT_BUDGET);
    for (const { ip } of many) expect(text).toContain(`\n${ip} `);
  });

  it('tells a group once', () => {
    const group = { id: 'distributed-1', why: 'share', sources: ['a', 'b'], distinct_ports: 9, endpoints: 9 };
    const text = suspectsText([suspect({ group }), suspect({ ip: '10.1.0.67', group })], TEXT_BUDGET);
    expect(text.match(/distributed-1, 2 sources: a, b/g)).toHaveLength(1);
    expect(text).toMatch(/\n10\.1\.0\.67 open: 10\.1\.0\.10: 22,80$/);
  });

  it('cuts a table that alone is too long, and says so', () => {
    const many = Array.from({ length: 100 }, (_, at) => suspect({ ip: `10.1.0.${at}` }));
    const text = suspectsText(many, TEXT_BUDGET);
    expect(text.length).toBeLessThanOrEqual(TEXT_BUDGET);
    expect(text).toMatch(/\n… and \d+ more, in the structured answer\.$/);
  });

  it('says what must be known of the reading', () => {
    expect(
      notesOf(
        report({
          truncated: { offset: 1234, reason: 'the last record is cut' },
          parts: 2,
          clock: ['The clock was not set.'],
          approximated: ['more than 786432 records'],
          unread_packets: 7,
          unread: [{ what: 'in EtherType 0x8137 (IPX)', packets: 7 }],
          known_scanners: [{ ip: '10.9.9.9', technique: 'syn', probes: 5 }],
        }),
      ),
    ).toEqual([
      'The file is cut or damaged at byte 1234 (the last record is cut): only what comes before was read.',
      'The file is 2 captures put together; packet numbers count on from one to the next.',
      'The clock was not set.',
      'Approximated: more than 786432 records',
      '7 of 440 packets are in EtherType 0x8137 (IPX): they were not opened.',
      '10.9.9.9 is on the list of known scanners: syn, 5 probes.',
    ]);
    expect(notesOf(report())).toEqual([]);
    const known = Array.from(
      { length: 99 },
      (_, at) => ({ ip: `10.9.9.${at}`, technique: 'syn', probes: 1 }) as const,
    );
    expect(notesOf(report({ known_scanners: known })).at(-1)).toBe('89 more known scanners scanned.');
  });

  it('has no time where the capture has none, or an impossible one', () => {
    expect([isoTime(null), isoTime(1e18), isoTime(0)]).toEqual([null, null, '1970-01-01T00:00:00.000Z']);
  });
});

describe('a suspect in an answer', () => {
  it('is cut to what fits, with the counts of what there was', () => {
    const targets = Array.from({ length: 300 }, (_, at) => ({
      ip: `10.2.${at >> 8}.${at & 255}`,
      ports: '80',
    }));
    const {
      answers,
      group,
      targets: shown,
    } = shortSuspect(
      suspect({
        targets: targets.map(({ ip }) => ({ ip, probes: 1, ports_hit: 1 })),
        answers: { ...suspect().answers, open: { count: 300, targets }, alive: targets.map(({ ip }) => ip) },
        group: {
          id: 'g1',
          why: 'share one target',
          sources: targets.map(({ ip }) => ip),
          distinct_ports: 5,
          endpoints: 9,
        },
      }),
    );
    expect(shown).toHaveLength(10);
    expect(answers.open).toMatchObject({ count: 300, targets: { length: 10 } });
    expect([answers.alive.length, answers.alive_count]).toEqual([32, 300]);
    expect([group?.sources.length, group?.source_count]).toEqual([20, 300]);
  });
});

describe('a long list of ports', () => {
  it('is cut between two ranges', () => {
    expect(cutRanges('1-1024,3306,8080', 20)).toBe('1-1024,3306,8080');
    expect(cutRanges('1-1024,3306,8080', 15)).toBe('1-1024,3306,…');
    expect(cutRanges('1-1024,3306,8080', 3)).toBe('…');
  });
});

describe('documents', () => {
  const hostile: CaptureReport = report({
    suspects: [suspect({ tool: { name: HOSTILE, why: HOSTILE }, reasons: [HOSTILE, '-1+1', '\tTAB'] })],
  });

  it('as JSON hold everything, and say where a damaged file was cut', () => {
    const whole = JSON.parse(jsonReport('a.pcap', report(), AT));
    expect(whole).toMatchObject({ ok: true, generated_at: AT, file: 'a.pcap', packets: 440 });
    const { faint: _, ...shown } = report();
    expect(whole).toMatchObject(shown);
    expect(whole).not.toHaveProperty('truncated');
    const cut = JSON.parse(jsonReport('a.pcap', report({ truncated: { offset: 9, reason: 'cut' } }), AT));
    expect(cut).toMatchObject({ truncated: true, offset: 9, damage: 'cut' });
  });

  it('as JSON say each time in words beside its number', () => {
    const numbers = timesIn(JSON.parse(jsonReport('a.pcap', report(), AT)));
    expect(numbers.map(([name]) => name).sort()).toEqual(
      ['first_seen', 'first_ts', 'last_seen', 'last_ts', 'start', 'start', 'ts', 'ts'].sort(),
    );
    for (const [name, seconds, said] of numbers) expect(said, name).toBe(isoTime(seconds));
  });

  it('as CSV run no formula and keep one row a suspect', async () => {
    const lines = (await csvReport('a.pcap', hostile)).trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^ip,technique,kind,tool,/);
    const cells = (await csvReport('a.pcap', report({ suspects: [suspect({ reasons: ['-1+1'] })] }))).split(
      ',',
    );
    expect(cells).toContain("'-1+1");
    for (const start of ['=1', '+1', '-1', '@SUM(1)', '\tx']) {
      const text = await csvReport(
        'a.pcap',
        report({ suspects: [suspect({ tool: { name: start, why: '' } })] }),
      );
      expect(text).toContain(`'${start}`);
    }
  });

  it('as Markdown have no markup, links or control characters from elsewhere', () => {
    const text = markdownReport(HOSTILE, hostile, AT);
    expect(text).not.toMatch(/[^\\]<script>|[^\\]`|\u001b|\u202e|^# heading/m);
    expect(text.split('\n').filter((row) => row.startsWith('| 10.1.0.66'))).toHaveLength(1);
    expect(markdownReport('a.pcap', report({ suspects: [] }), AT)).toContain('No scan was found.');
  });
});

/** Every number that is a time, with its name and the words beside it. */
function timesIn(value: unknown): [string, number, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  const beside = value as Record<string, unknown>;
  return Object.entries(beside).flatMap(([name, one]): [string, number, unknown][] =>
    typeof one === 'number' && one > 1e9
      ? [[name, one, beside[name === 'ts' ? 'time' : `${name}_iso`]]]
      : timesIn(one),
  );
}

describe('a sparkline', () => {
  it('shows the probes over time within its width', () => {
    expect(sparkline([0, 1, 4, 8, 4, 0], 80)).toBe(' ▁▄█▄ ');
    expect(
      sparkline(
        Array.from({ length: 1000 }, () => 1),
        50,
      ),
    ).toHaveLength(50);
    expect(sparkline([], 50)).toBe('');
  });
});
