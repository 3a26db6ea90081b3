/** Writes an MMDB file that says the same of every address (MaxMind DB file format 2.0), enough for a test. */
import { writeFile } from 'node:fs/promises';

type Value = string | number | { [key: string]: Value };

const TYPE = { string: 2, map: 7, uint32: 6 } as const;

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(TYPE.string, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(TYPE.uint32, 4), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([
    control(TYPE.map, entries.length),
    ...entries.flatMap(([key, item]) => [encode(key), encode(item)]),
  ]);
}

function control(type: number, size: number): Buffer {
  return size < 29 ? Buffer.from([(type << 5) | size]) : Buffer.from([(type << 5) | 29, size - 29]);
}

/** One node whose both records point at `record`, the first thing in the data section. */
export async function writeMmdb(file: string, record: Value): Promise<void> {
  const nodeCount = 1;
  const pointer = Buffer.alloc(3);
  pointer.writeUIntBE(nodeCount + 16, 0, 3);
  await writeFile(
    file,
    Buffer.concat([
      pointer,
      pointer,
      Buffer.alloc(16),
      encode(record),
      Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
      encode({
        node_count: nodeCount,
        record_size: 24,
        ip_version: 6,
        database_type: 'Test',
        binary_format_major_version: 2,
        binary_format_minor_version: 0,
        build_epoch: 1,
      }),
    ]),
  );
}
