/** Of random reports, whole or cut, every port asked of every host is told in one state or counted as told in none. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatPorts, sorted } from '../../../src/core/port-set.ts';
import { countTold } from '../../../src/core/port-sum.ts';
import type { ScanRequest } from '../../../src/core/request.ts';
import type { HostResult } from '../../../src/core/result.ts';
import { createReport } from '../../../src/nmap/xml/report.ts';
import { portSumNotes } from '../../../src/scans/port-sum.ts';
import { openStore, type Store } from '../../../src/store/open.ts';

let store: Store;
let count = 0;
beforeAll(async () => {
  store = await openStore(':memory:', { inNode: true });
});
afterAll(() => store.close());

const STATES = ['open', 'closed', 'filtered', 'unknown'] as const;
const HOSTS = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];
const request: ScanRequest = { tool: 'custom_scan', targets: ['10.0.0.0/30'], options: [] };

/** What becomes of each port of a host: a state it is listed or counted in, or nothing. */
const fate = fc.record({
  state: fc.constantFrom(...STATES),
  how: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom('listed', 'counted') },
    { weight: 1, arbitrary: fc.constant('lost') },
  ),
});

const network = fc.integer({ min: 1, max: 40 }).chain((most) =>
  fc.record({
    most: fc.constant(most),
    // More reports than hosts: some address comes twice.
    reports: fc.array(
      fc.record({
        address: fc.constantFrom(...HOSTS),
        fates: fc.array(fate, { minLength: most, maxLength: most }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    named: fc.boolean(),
    cutAt: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  }),
);

test('ports told and ports counted as untold make up the ports asked', async () => {
  await fc.assert(
    fc.asyncProperty(network, async ({ most, reports, named, cutAt }) => {
      // Who names no ports cannot be joined port by port, so there is one report of each host.
      const told = named ? reports : [...new Map(reports.map((one) => [one.address, one])).values()];
      const whole = xmlOf(most, told, named);
      const { hosts, notes, known } = await stored(
        cutAt === null ? whole : whole.slice(0, Math.floor(whole.length * cutAt)),
      );
      const missing = hosts.reduce((sum, host) => sum + most - portsOf(host, named), 0);
      expect(missing).toBeGreaterThanOrEqual(0);
      const said = notes.reduce((sum, { message }) => sum + Number(/, (\d+) are told/.exec(message)?.[1]), 0);
      expect(said).toBe(known ? missing : 0);
      const nothingLost = told.every(({ fates }) => fates.every(({ how }) => how !== 'lost'));
      if (nothingLost && cutAt === null) expect(notes).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a host of which more is told than was asked is named', async () => {
  const twice = xmlOf(
    2,
    [
      { address: '10.0.0.1', fates: [LISTED, LISTED] },
      { address: '10.0.0.2', fates: [LISTED, LISTED] },
    ],
    true,
  )
    .replace('portid="2"', 'portid="3"')
    .replace('numservices="2"', 'numservices="1"');
  const { notes } = await stored(twice);
  expect(notes[0]).toMatchObject({ kind: 'unaccounted', hosts: ['10.0.0.1', '10.0.0.2'] });
  expect(notes[0]?.message).toContain('2 ports more');
});

const LISTED = { state: 'open', how: 'listed' } as const;

interface Report {
  address: string;
  fates: readonly { state: string; how: string }[];
}

function xmlOf(most: number, reports: readonly Report[], named: boolean): string {
  const hosts = reports.map(({ address, fates }) => {
    const ports = fates.map((fate, index) => ({ ...fate, port: index + 1 }));
    const counted = Map.groupBy(
      ports.filter(({ how }) => how === 'counted'),
      ({ state }) => state,
    );
    const summaries = [...counted].map(([state, same]) => {
      const list = named ? ` proto="tcp" ports="${formatPorts(sorted(same.map(({ port }) => port)))}"` : '';
      return `<extraports state="${state}" count="${same.length}"><extrareasons reason="resets" count="${same.length}"${list}/></extraports>`;
    });
    const listed = ports.filter(({ how }) => how === 'listed');
    const lines = listed.map(
      ({ state, port }) =>
        `<port protocol="tcp" portid="${port}"><state state="${state}" reason="x"/></port>`,
    );
    return `<host><status state="up"/><address addr="${address}" addrtype="ipv4"/><ports>${summaries.join('')}${lines.join('')}</ports></host>`;
  });
  return `<nmaprun scanner="nmap" version="7.93"><scaninfo type="syn" protocol="tcp" numservices="${most}" services="1-${most}"/>${hosts.join('\n')}<runstats><finished time="1" elapsed="1" exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>`;
}

/** What is stored of a report, and what is said of it. */
async function stored(xml: string) {
  const found: HostResult[] = [];
  const report = createReport((host) => found.push(host));
  report.write(Buffer.from(xml));
  const { run } = report.end();
  count += 1;
  const id = `t${count}`;
  const task = { id, owner: 'local', request, createdAt: 1, addressesTotal: 4, coverage: [] };
  await store.tasks.insert(task, 'me', Number.MAX_SAFE_INTEGER);
  await store.hosts.put(id, found);
  const notes = await portSumNotes({ ...task, run, hostsUp: 0 }, store);
  const rows = await store.hosts.page(id, { after: 0, limit: 9 });
  return { hosts: rows.map(({ host }) => host), notes, known: run.asked.length > 0 };
}

/** Counted in another way than the code does: every port by its number, where the report has it. */
function portsOf(host: HostResult, named: boolean): number {
  if (!named) return countTold(host);
  const ports = new Set(host.ports.map(({ port }) => port));
  for (const { reasons = [] } of host.other_ports ?? []) {
    for (const { ports: list = '' } of reasons) {
      for (const piece of list.split(',')) {
        const [first = 0, last = first] = piece.split('-').map(Number);
        for (let port = first; port <= last; port += 1) {
          expect(ports.has(port), `port ${port} is told twice`).toBe(false);
          ports.add(port);
        }
      }
    }
  }
  return ports.size;
}
