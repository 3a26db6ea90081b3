/** A name server's answers, enough for a real resolver (RFC 1035): a root that refers, and authorities that answer. */
import { draw } from './benign-hosts.ts';

/** The root's address in the laboratory. */
export const ROOT = '198.41.0.4';

/** Two authorities of the zone `zN.lab`: by a seed, so that the recorder knows which of them are dead. */
export function authorities(zone: number): [string, string] {
  const next = draw(9000 + zone);
  const byte = () => 1 + Math.floor(next() * 253);
  return [
    `${20 + Math.floor(next() * 79)}.${byte()}.${byte()}.53`,
    `${20 + Math.floor(next() * 79)}.${byte()}.${byte()}.54`,
  ];
}

const name = (text: string) =>
  Buffer.concat([
    ...text
      .split('.')
      .filter(Boolean)
      .map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
    Buffer.from([0]),
  ]);

function resource(owner: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(300, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([name(owner), fixed, data]);
}

const quad = (address: string) => Buffer.from(address.split('.').map(Number));

/** The answer of the server at `address`: a referral where it is the root, else an A record of the asked name. */
export function answer(query: Buffer, address: string): Buffer {
  let end = 12;
  const labels: string[] = [];
  while (end < query.length && query[end] !== 0) {
    const length = query[end] ?? 0;
    labels.push(query.toString('latin1', end + 1, end + 1 + length));
    end += 1 + length;
  }
  const type = query.readUInt16BE(end + 1);
  const question = query.subarray(12, end + 5);
  const zone = Number(/^z(\d+)$/i.exec(labels.at(-2) ?? '')?.[1] ?? Number.NaN);
  const parts: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  if (address === ROOT && labels.length === 0) {
    parts[0].push(resource('', 2, name('a.root.lab')));
    parts[2].push(resource('a.root.lab', 1, quad(ROOT)));
  } else if (address === ROOT && !Number.isNaN(zone)) {
    authorities(zone).forEach((server, n) => {
      parts[1].push(resource(`z${zone}.lab`, 2, name(`ns${n}.z${zone}.lab`)));
      parts[2].push(resource(`ns${n}.z${zone}.lab`, 1, quad(server)));
    });
  } else if (type === 1) parts[0].push(resource(labels.join('.'), 1, quad('203.0.113.7')));
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  // A referral has no authority bit.
  head.writeUInt16BE(address === ROOT && parts[1].length > 0 ? 0x8000 : 0x8400, 2);
  head.writeUInt16BE(1, 4);
  for (const [n, list] of parts.entries()) head.writeUInt16BE(list.length, 6 + 2 * n);
  return Buffer.concat([head, question, ...parts.flat()]);
}
