/** Chips of a query: what the page takes apart must mean the same when it is put together again. */
import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../../src/core/query/parse.ts';
import { partsOf, toggled, without } from '../../../web/src/pages/assets/query-parts.ts';

describe('partsOf', () => {
  it.each([
    ['', []],
    ['port:22', ['port:22']],
    ['  port:22   -os:linux ', ['port:22', '-os:linux']],
    ['vendor:"Hewlett Packard" tag:a', ['vendor:"Hewlett Packard"', 'tag:a']],
    ['name:"a \\" b" tag:a', ['name:"a \\" b"', 'tag:a']],
    ['(name:db* or tag:prod) port:22', ['(name:db* or tag:prod)', 'port:22']],
    ['port:22(tag:a or tag:b)tag:c', ['port:22', '(tag:a or tag:b)', 'tag:c']],
    ['-(tag:a tag:b) tag:c', ['-(tag:a tag:b)', 'tag:c']],
    ['port:22 or port:23', ['port:22 or port:23']],
    ['tag:or name:order', ['tag:or', 'name:order']],
  ])('of %j', (query, parts) => {
    expect(partsOf(query)).toEqual(parts);
  });

  it('is nothing while something is open', () => {
    for (const open of ['name:"a', '(port:22', 'port:22)', '"\\'])
      expect(partsOf(open), open).toBeUndefined();
  });

  it('keeps the meaning for the server', () => {
    for (const query of [
      'port:22 product:nginx version:<1.26',
      '(port:22) (product:nginx)',
      '-(tag:a or tag:"b c") net:10.0.0.0/8 x',
      'port:22 or (product:nginx tag:a)',
    ])
      expect(parseQuery((partsOf(query) ?? []).join(' '))).toEqual(parseQuery(query));
  });
});

describe('a part more or less', () => {
  it('is added, and taken away by the next click', () => {
    expect(toggled('port:22', 'tag:a')).toBe('port:22 tag:a');
    expect(toggled('port:22 tag:a', 'tag:a')).toBe('port:22');
    expect(without('port:22 vendor:"a b" tag:a', 'vendor:"a b"')).toBe('port:22 tag:a');
  });

  it('takes the place of another value where a host has one', () => {
    expect(toggled('state:present port:22', 'state:absent')).toBe('port:22 state:absent');
    expect(toggled('tag:a', 'tag:b')).toBe('tag:a tag:b');
  });

  it('holds for all alternatives', () => {
    const query = toggled('port:22 or port:23', 'tag:a');
    expect(query).toBe('(port:22 or port:23) tag:a');
    expect(toggled(query, 'tag:a')).toBe('(port:22 or port:23)');
  });
});
