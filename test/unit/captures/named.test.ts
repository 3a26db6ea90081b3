/** A name excuses who calls a service that is called by name; nobody asks the DNS for the way to a door that he tries. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { analyze } from './answer.ts';
import { classic, type Frame, framesOf } from './wrap.ts';

const CASES = path.join(import.meta.dirname, '..', '..', 'captures', 'cases');
const hoster = framesOf(readFileSync(path.join(CASES, 'benign-hoster-down', 'capture.pcap')));
const TCP = 6;
const PORT_AT = 36;
const WEB = 443;

/** The same calls of the same named hosts, at another port than that of the web. */
function at(port: number): Frame[] {
  return hoster.map(({ data, ...rest }) => {
    const copy = Buffer.from(data);
    if (copy[23] === TCP && copy.readUInt16BE(PORT_AT) === WEB) copy.writeUInt16BE(port, PORT_AT);
    return { ...rest, data: copy };
  });
}
const named = async (port: number) =>
  (await analyze(classic(at(port), 1))).suspects.map(({ technique, pattern }) => `${technique} ${pattern}`);

it('named hosts may be called at the ports of the web and of mail', async () => {
  expect(await named(WEB)).toEqual([]);
  expect(await named(25)).toEqual([]);
});

it('and are scanned at any other', async () => {
  expect(await named(22)).toEqual(['connect horizontal']);
  expect(await named(445)).toEqual(['connect horizontal']);
});
