import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/core/address.ts';
import { hostsNote, listed } from '../../../src/nmap/coverage/hosts-note.ts';

const addresses = (count: number, step = 1) =>
  Array.from({ length: count }, (_, at) => `10.0.${(at * step) >> 8}.${(at * step) & 255}`);

test('a note names all of its hosts, however many: what it left out would read as something else', () => {
  expect(hostsNote('filtered', addresses(1024), (hosts) => `on ${hosts}`)).toEqual([
    { kind: 'filtered', hosts: ['10.0.0.0/22'], message: 'on 1024 hosts' },
  ]);
});

test('few hosts are named one by one, and what is no address stays as it is', () => {
  expect(listed(addresses(3))).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.2']);
  const names = Array.from({ length: 20 }, (_, at) => `host-${at}`);
  expect(listed(names)).toEqual(names);
});

test('hosts in more runs than are listed: the note says how many it leaves out', () => {
  const scattered = listed(addresses(300, 2));
  expect(scattered).toHaveLength(257);
  expect(scattered.at(-1)).toBe('and 44 more');
  expect(scattered.slice(0, -1).every((one) => parseAddress(one) !== undefined)).toBe(true);
});
