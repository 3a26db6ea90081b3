/** One record as text: the same for every reader, bounded, and read back only as it was written. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  canonical,
  GENESIS,
  link,
  MOST_RECORD_BYTES,
  parseLine,
  prepare,
} from '../../../src/observe/audit-record.ts';

const AT = '2026-11-29T00:00:00.000Z';
const lineOf = (fields: Record<string, unknown>) => link(GENESIS, prepare({ kind: 'call', fields }, AT)).line;
const read = (line: string) => parseLine(Buffer.from(line));

describe('a record', () => {
  it('is what its documentation says: names in order, ASCII alone, hashed over the one before', () => {
    const line = lineOf({ z: 'ü\u2028\u{e0041}', b: { '10': 1, '9': [null, true, 1.5] } });
    const body = `{"at":"${AT}","b":{"10":1,"9":[null,true,1.5]},"kind":"call","seq":1,"z":"\\u00fc\\u2028\\udb40\\udc41"}`;
    const hash = createHash('sha256').update(`${GENESIS.hash}\n${body}`).digest('hex');
    expect(line).toBe(
      `{"at":"${AT}","b":{"10":1,"9":[null,true,1.5]},"hash":"${hash}","kind":"call","prev":"${GENESIS.hash}","seq":1,"z":"\\u00fc\\u2028\\udb40\\udc41"}`,
    );
    expect(read(line)).toMatchObject({ seq: 1, z: 'ü\u2028\u{e0041}' });
  });

  it('of before it was ASCII alone is still one, and cannot be turned into the other form', () => {
    const body = { at: AT, kind: 'call', seq: 1, text: 'ü\u2028' };
    const hash = createHash('sha256')
      .update(`${GENESIS.hash}\n${JSON.stringify(body)}`)
      .digest('hex');
    const { text, ...rest } = body;
    const old = JSON.stringify({ at: AT, hash, kind: 'call', prev: GENESIS.hash, seq: 1, text });
    expect(rest.seq).toBe(1);
    expect(read(old)).toMatchObject({ text });
    expect(read(old.replace('ü', '\\u00fc').replace('\u2028', '\\u2028'))).toBeUndefined();
    const replaced = { ...body, text: '\ufffd' };
    const hashed = createHash('sha256')
      .update(`${GENESIS.hash}\n${JSON.stringify(replaced)}`)
      .digest('hex');
    const bytes = Buffer.from(
      JSON.stringify({ at: AT, hash: hashed, kind: 'call', prev: GENESIS.hash, seq: 1, text: '\ufffd' }),
    );
    expect(parseLine(bytes)).toMatchObject({ text: '\ufffd' });
    // A byte that is no UTF-8 reads as that character, too.
    const at = bytes.indexOf('\ufffd');
    expect(
      parseLine(Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)])),
    ).toBeUndefined();
    const now = lineOf({ text });
    expect(read(now.replace('\\u00fc', 'ü'))).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toJSON', '10', ''])('keeps a name such as "%s"', (name) => {
    const value: unknown = JSON.parse(`{"${name}":{"x":1},"b":2}`);
    expect(read(lineOf({ arguments: value }))?.['arguments']).toEqual(value);
    expect(canonical(value)).toContain(`"${name}":{"x":1}`);
  });

  it('is bounded: the longest fields give way to their length, hash and beginning', () => {
    const long = 'y'.repeat(100_000);
    const line = lineOf({
      caller: 'ann',
      message: 'short',
      arguments: { target: long },
      also: 'z'.repeat(5000),
    });
    expect(line.length).toBeLessThanOrEqual(MOST_RECORD_BYTES);
    const text = canonical({ target: long });
    expect(read(line)).toMatchObject({
      caller: 'ann',
      message: 'short',
      also: 'z'.repeat(5000),
      arguments: {
        cut_bytes: text.length,
        sha256: createHash('sha256').update(text).digest('hex'),
        begins: text.slice(0, 256),
      },
    });
  });

  it.each([1, 10, 64])('is bounded with %d long fields', (count) => {
    const fields = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`f${n}`, '\u0001'.repeat(3000)]),
    );
    const line = lineOf(fields);
    expect(line.length).toBeLessThanOrEqual(MOST_RECORD_BYTES);
    expect(read(line)).toBeDefined();
  });
});
