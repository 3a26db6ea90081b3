import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTrailer } from '../../../../src/nmap/ssh/trailer.ts';

const MARK = 'portolan-end abc ';

function split(text: string, cuts: number[]) {
  const body: string[] = [];
  const rest: string[] = [];
  const trailer = createTrailer(MARK, {
    body: (bytes) => body.push(bytes.toString()),
    rest: (bytes) => rest.push(bytes.toString()),
  });
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, start] of places.slice(0, -1).entries())
    trailer.write(bytes.subarray(start, places[index + 1]));
  trailer.end();
  return { body: body.join(''), rest: rest.join(''), status: trailer.status() };
}

it('finds the end of a run however the stream is cut', () => {
  const piece = fc.constantFrom('a', 'p', 'portolan', 'portolan-end ', 'portolan-end abd ', '\n', '<host/>');
  fc.assert(
    fc.property(
      fc.array(piece),
      fc.nat(255),
      fc.array(fc.constantFrom('warning\n', 'portolan-end abc 7\n', 'x')),
      fc.array(fc.nat()),
      (before, status, after, cuts) => {
        const body = before.join('');
        const rest = after.join('');
        expect(split(`${body}${MARK}${status}\n${rest}`, cuts)).toEqual({ body, rest, status });
      },
    ),
  );
});

it('gives everything as it is when the end never comes', () => {
  fc.assert(
    fc.property(fc.nat(MARK.length - 1), fc.array(fc.nat()), (length, cuts) => {
      const body = `<host/>${MARK.slice(0, length)}`;
      expect(split(body, cuts)).toEqual({ body, rest: '', status: undefined });
    }),
  );
});
