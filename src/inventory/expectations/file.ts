/** Expectations in a file that people write and keep under version control. */
import { parse } from 'yaml';
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import { EFFECTS, type NewExpectation } from '../../core/expectation.ts';
import { formatPorts, portSet } from '../../core/port-set.ts';
import { parseQuery } from '../../core/query/parse.ts';
import type { Approval } from './accept.ts';

const PORTS = /^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/;

const Entry = z.strictObject({
  hosts: z.string().min(1).max(1024),
  ports: z
    .union([z.number().int().min(0).max(65_535), z.string().regex(PORTS, 'write ports as 22,80,1000-1010')])
    .transform(String),
  protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
  effect: z.enum(EFFECTS).default('allow'),
  product: z.string().min(1).max(256).optional(),
  reason: z.string().min(1).max(500),
  until: z.iso
    .date()
    .or(z.iso.datetime({ offset: true }))
    .optional(),
});

const File = z.strictObject({ expect: z.array(Entry).max(10_000) });

/** The largest file that is read, in characters. */
const MOST = 4 * 1024 * 1024;

/**
 * Reads `expect:` with entries of `hosts`, `ports`, `reason` and, where wanted, `protocol`, `effect`, `product`, `until`.
 * @throws PortolanError `invalid_argument` that names line or entry
 */
export function readExpectations(
  text: string,
  { site, approval }: { site: string; approval: Omit<Approval, 'reason' | 'expiresAt'> },
): NewExpectation[] {
  if (text.length > MOST) throw wrong('The file is over 4 MiB.');
  const read = File.safeParse(plain(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw wrong(`${issue?.path.join('.') || 'The file'}: ${issue?.message ?? 'not as expected'}.`);
  }
  for (const { hosts } of read.data.expect) parseQuery(hosts);
  return read.data.expect.map(({ hosts, ports, protocol, effect, product, reason, until }) => ({
    site,
    selector: hosts,
    protocol,
    ports: formatPorts(portSet(ports)),
    ...(product === undefined ? {} : { product }),
    effect,
    reason,
    approvedBy: approval.by,
    approvedAt: approval.at,
    ...(until === undefined ? {} : { expiresAt: Date.parse(until) }),
  }));
}

/** Aliases are refused: a few lines of them can stand for gigabytes. */
function plain(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw wrong(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'It is no YAML.');
  }
}

function wrong(why: string): PortolanError {
  return new PortolanError(
    'invalid_argument',
    `The expectations cannot be read. ${why}`,
    'Write a list: expect: [{hosts: "tag:web", ports: "80,443", reason: "web servers", until: 2027-01-01}].',
  );
}
