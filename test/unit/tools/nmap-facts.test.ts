/** Whatever nmap wrote into its XML stands in `detail: "full"` and in the report as XML. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import type { HostResult } from '../../../src/core/result.ts';
import { createReport } from '../../../src/nmap/xml/report.ts';
import { scanReports } from '../../../src/tools/reports/index.ts';
import { answerWithResult } from '../../../src/tools/results/answer.ts';
import { nmapDocument } from './nmap-document.ts';
import { caller, storedScan } from './stored-scan.ts';

const DTD = '/usr/share/nmap/nmap.dtd';

/** What is not kept, and why. */
const NOT_KEPT = new Set([
  // Zenmap's own additions.
  'nmaprun@profile_name',
  'output@type',
  // How far a scan was at some moment: shown while it runs.
  'taskprogress@task',
  'taskprogress@time',
  'taskprogress@percent',
  'taskprogress@remaining',
  'taskprogress@etc',
  // The same moment as `start` and `time` beside it, in the words of a place.
  'nmaprun@startstr',
  'finished@timestr',
  // A failed scan has the words of its task.
  'finished@errormsg',
  // What ran is the argv of the task.
  'nmaprun@args',
]);

/** Every attribute and text of a document: `host/status@reason=reset`. */
function factsOf(xml: string): Set<string> {
  const facts = new Set<string>();
  const path: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    path.push(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (!NOT_KEPT.has(`${name}@${key}`)) facts.add(`${path.join('/')}@${key}=${value}`);
    }
  });
  parser.on('text', (text) => {
    if (['cpe', 'elem'].includes(path.at(-1) ?? '')) facts.add(`${path.join('/')}=${text}`);
  });
  parser.on('closetag', () => void path.pop());
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return facts;
}

/** The document as nmap reported it, read and stored. */
async function stored(xml: string) {
  const hosts: HostResult[] = [];
  const report = createReport((host) => hosts.push(host));
  report.write(Buffer.from(xml));
  const { truncated, run } = report.end();
  expect(truncated).toBe(false);
  return await storedScan(hosts, { run });
}

/** All pages of the result, and their text. */
async function fullAnswer({ task, context }: Awaited<ReturnType<typeof stored>>) {
  const pages: unknown[] = [];
  const texts: string[] = [];
  let cursor: string | undefined;
  do {
    const { structured, text } = await answerWithResult(task, context, { detail: 'full', cursor });
    pages.push(structured.result);
    texts.push(text);
    cursor = structured.result?.next_cursor;
  } while (cursor !== undefined);
  return { pages, text: texts.join('\n') };
}

/** Every string, number and key in a value. */
function leaves(value: unknown, into = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) into.add(String(value));
  else {
    for (const [key, part] of Object.entries(value)) {
      into.add(key);
      leaves(part, into);
    }
  }
  return into;
}

const documents = fc.gen().map((gen) => nmapDocument(() => gen(fc.boolean)));

test('a document with everything has all that nmap.dtd declares, and is valid', () => {
  const declared = [...readFileSync(DTD, 'utf8').matchAll(/<!ATTLIST\s+(\w+)\s([^>]*)>/g)].flatMap(
    ([, element = '', attributes = '']) =>
      [...attributes.matchAll(/(\w+)\s+(?:CDATA|%\w+;|\([^)]*\))\s*(?:#|")/g)].map(
        ([, name = '']) => `${element}@${name}`,
      ),
  );
  const has = new Set([...factsOf(nmapDocument(() => true))].map((fact) => fact.split('=', 1)[0]));
  const tails = new Set([...has].map((fact) => fact?.split('/').at(-1)));
  expect(declared.length).toBeGreaterThan(90);
  expect(declared.filter((one) => !tails.has(one) && !NOT_KEPT.has(one))).toEqual([]);
});

test('no fact of it is missing in the report as XML, which nmap.dtd finds valid', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-facts-'));
  try {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(documents, async (xml) => {
        const { scans } = await stored(xml);
        const { text } = await scanReports(scans).read('scan://task1/report.xml', caller);
        const kept = factsOf(text);
        expect([...factsOf(xml)].filter((fact) => !kept.has(fact))).toEqual([]);
        count += 1;
        writeFileSync(join(folder, `${count}.xml`), text);
      }),
      { numRuns: 15 },
    );
    const files = Array.from({ length: count }, (_, index) => join(folder, `${index + 1}.xml`));
    execFileSync('xmllint', ['--noout', '--dtdvalid', DTD, ...files], { stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('no fact of it is missing in detail "full"', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (xml) => {
      const { pages, text } = await fullAnswer(await stored(xml));
      const has = leaves(pages);
      const words = [...has].join('\n');
      const missing = [...factsOf(xml)].filter((fact) => {
        const value = fact.slice(fact.indexOf('=') + 1);
        if (/nmaprun@|finished@exit|@(?:scanner|type|addrtype|timedout|proto)=/.test(fact)) return false;
        return !has.has(value) && !words.includes(value) && !has.has(String(Number(value)));
      });
      expect(missing).toEqual([]);
      // Those who read the text alone miss nothing either: each number and each numbered word stands there.
      const said = text.replace(/(?<=\d),(?=\d{3})/g, '');
      const numbered = [...xml.matchAll(/\bt?1\d{6}x?/g)].map(([word]) => word);
      expect(numbered.filter((word) => !said.includes(word))).toEqual([]);
    }),
    { numRuns: 15 },
  );
});

test('a summary leaves out what few look for, and a report in pieces is the same document', async () => {
  const { task, context } = await stored(nmapDocument(() => true));
  const { structured } = await answerWithResult(task, context);
  const [host] = structured.result?.hosts ?? [];
  expect(host).toMatchObject({ trace: { hops: [{}, {}] }, uptime: {}, distance: expect.any(Number) });
  expect(host?.details).toBeUndefined();
  expect(host?.ports[0]?.scripts?.[0]).not.toHaveProperty('data');
});
