/** Between the forms of scans and schedules, their addresses, and what the tools take. */
import { describe, expect, it } from 'vitest';
import { argumentsOf, formOf, formOfSearch, searchOf } from '../../../web/src/pages/new-scan/asked.ts';
import { newScanView } from '../../../web/src/pages/new-scan/view.ts';
import { differences } from '../../../web/src/pages/scans/differences.ts';
import { added, edited, newForm } from '../../../web/src/pages/schedules/form.ts';

describe('a form of a scan', () => {
  it.each([
    [{ target: '10.0.0.0/24' }, { scan: 'quick_scan', target: '10.0.0.0/24' }],
    [{ target: '10.0.0.1, nas.lan' }, { scan: 'quick_scan', target: ['10.0.0.1', 'nas.lan'] }],
    [
      { target: '10.0.0.1', ports: '22, 80', politeness: 'gentle' },
      { scan: 'scan_network', target: '10.0.0.1', port_range: '22,80', politeness: 'gentle' },
    ],
    // scan_network takes no list and no name.
    [
      { target: '10.0.0.1 nas.lan', ports: '22' },
      { scan: 'custom_scan', command: '-T4 -n -p 22 10.0.0.1 nas.lan' },
    ],
    [
      { target: 'fd00::1', ports: '22' },
      { scan: 'scan_network', target: 'fd00::1', port_range: '22' },
    ],
    [
      { kind: 'core', target: '10.0.0.1' },
      { scan: 'scan_network', target: '10.0.0.1', scan_type: 'quick' },
    ],
    [
      { kind: 'hosts', target: '10.0.0.0/24' },
      { scan: 'scan_network', target: '10.0.0.0/24', host_discovery: true },
    ],
    [{ command: ' -sU -p 53 10.0.0.1 ' }, { scan: 'custom_scan', command: '-sU -p 53 10.0.0.1' }],
    [{ kind: 'full', target: ' ' }, undefined],
    [{ kind: 'ports', target: '10.0.0.1' }, undefined],
    // A wrong address of the page breaks nothing.
    [
      { kind: 'nonsense', target: 10, strategy: 'x' },
      { scan: 'quick_scan', target: '10' },
    ],
  ])('%j', (search, args) => expect(argumentsOf(formOfSearch(newScanView(search)))).toEqual(args));

  // As get_task_status tells them (test/unit/tools/asked-scan.test.ts).
  it.each<Parameters<typeof formOf>[0]>([
    { scan: 'quick_scan', target: '10.0.0.1', politeness: 'fast', strategy: 'adaptive' },
    { scan: 'full_scan', target: ['10.0.0.1', '10.0.0.9'], strategy: 'plain' },
    { scan: 'scan_network', target: '10.0.0.0/24', port_range: '22,80', strategy: 'adaptive' },
    { scan: 'scan_network', target: '10.0.0.0/24', host_discovery: true },
    { scan: 'scan_network', target: '10.0.0.0/24', scan_type: 'quick' },
    { scan: 'custom_scan', command: '-sV --script http-title -p 80 10.0.0.1' },
  ])('asks for %j again, through the address of the page', (again) =>
    expect(argumentsOf(formOfSearch(newScanView(searchOf(formOf(again)))))).toEqual(again),
  );
});

describe('a form of a schedule', () => {
  const before = {
    ...newForm(formOfSearch({ target: '10.0.0.0/24' })),
    name: 'nightly',
    window: '22:00-06:00',
  };

  it('keeps a new one with its scan, its times and no empty word', () => {
    expect(added({ ...before, zone: 'Europe/Berlin', jitterMinutes: 30 })).toEqual({
      action: 'add',
      name: 'nightly',
      scan: 'quick_scan',
      target: '10.0.0.0/24',
      when: '0 2 * * *',
      time_zone: 'Europe/Berlin',
      jitter_seconds: 1800,
      window: '22:00-06:00',
      missed: 'run_once',
      overlap: 'skip',
    });
    expect(added({ ...before, when: ' ' })).toBeUndefined();
  });

  it('changes only what was changed, and takes a window away', () => {
    expect(edited(before, { ...before })).toBeUndefined();
    expect(edited(before, { ...before, window: '', missed: 'skip' })).toEqual({
      action: 'edit',
      name: 'nightly',
      window: '',
      missed: 'skip',
    });
    expect(edited(before, { ...before, scan: formOfSearch({ target: '10.0.1.0/24' }) })).toEqual({
      action: 'edit',
      name: 'nightly',
      scan: 'quick_scan',
      target: '10.0.1.0/24',
    });
  });
});

it('two scans differ in what only one found open, and in what a port is', () => {
  const port = (address: string, port: string, service = '') => ({ address, port, service });
  const found = differences(
    [port('10.0.0.1', '22/tcp', 'ssh 9'), port('10.0.0.1', '80/tcp'), port('10.0.0.2', '22/tcp')],
    [port('10.0.0.3', '22/tcp'), port('10.0.0.1', '22/tcp', 'ssh 10'), port('10.0.0.2', '22/tcp')],
  );
  expect(found).toEqual([
    { address: '10.0.0.3', port: '22/tcp', before: undefined, after: '' },
    { address: '10.0.0.1', port: '22/tcp', before: 'ssh 9', after: 'ssh 10' },
    { address: '10.0.0.1', port: '80/tcp', before: '', after: undefined },
  ]);
});
