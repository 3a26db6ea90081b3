/** How addresses lie. */
import { describe, expect, it } from 'vitest';
import { AddressBook } from '../../../src/captures/decode/addresses.ts';
import { filling, inOrder, isRange, scattered } from '../../../src/captures/detect/spread.ts';

const book = new AddressBook(1024, 1);
const NETWORK = 0x0a000000;
const at = (...places: number[]) => Int32Array.from(places, (place) => NETWORK + place);
const row = (count: number, step = 1) => at(...Array.from({ length: count }, (_, n) => n * step));

describe('a range', () => {
  it('is one whatever the order in which it was asked', () => {
    expect(isRange(row(20), false, book)).toBe(true);
    expect(isRange(row(20).toReversed(), false, book)).toBe(true);
    expect(isRange(at(7, 2, 9, 4, 1, 8, 3, 6), false, book)).toBe(true);
  });

  it('has neighbours eight apart at most', () => {
    expect(isRange(row(20, 8), false, book)).toBe(true);
    expect(isRange(row(20, 9), false, book)).toBe(false);
  });

  it('is one when half of the addresses have a neighbour, on either side', () => {
    expect(isRange(at(1, 2, 1000, 2000), false, book)).toBe(true);
    expect(isRange(at(1, 2, 1000, 2000, 3000), false, book)).toBe(false);
  });

  it('lies across the middle of the address space as elsewhere', () => {
    expect(isRange(Int32Array.of(0x7ffffffe, 0x7fffffff, -0x80000000, -0x7fffffff), false, book)).toBe(true);
    expect(filling(Int32Array.of(0x7fffffff, -0x80000000), false, book)).toBe(1);
  });
});

it('order is that of the steps, not of the addresses', () => {
  expect(inOrder(row(11), false, book)).toBe(1);
  expect(inOrder(at(1, 101, 2, 102, 3, 103), false, book)).toBe(0);
});

it('scattered addresses are each in a network of their own', () => {
  expect(scattered(row(10, 256), false, book)).toBe(true);
  expect(scattered(row(10), false, book)).toBe(false);
});
