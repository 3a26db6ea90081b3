import { isIP } from 'node:net';
import { cleanField } from '../../core/clean.ts';
import { defineCommandTool } from './define-command-tool.ts';
import { decimal, NO_VALUE, wholeNumber } from './grammar.ts';

export const tracerouteTool = defineCommandTool({
  name: 'TracerouteTool',
  title: 'The way to one host',
  description:
    'Shows the routers on the way to one host, with the time each takes; metadata.hops has them as a list. A router ' +
    'that does not answer is a hop without an address.',
  command: 'traceroute',
  package: 'traceroute',
  flags: {
    '-m': wholeNumber(1, 30),
    '-q': wholeNumber(1, 5),
    '-w': decimal(0.1, 10),
    '-n': NO_VALUE,
  },
  defaults: { '-m': '30' },
  timeout: { seconds: 120, most: 600 },
  parse: (stdout) => ({ hops: readHops(stdout) }),
});

export interface Hop {
  number: number;
  /** Absent when the router has none, or names were not looked up (-n). */
  name?: string;
  /** Null when nobody answered. */
  address: string | null;
  /** Round trips; null for a probe that nobody answered. */
  milliseconds: (number | null)[];
  /** What a router said instead of passing it on (!H, !N, !X …; traceroute(8)). */
  notes?: string[];
  /** Further routers that answered probes of the same hop. */
  others?: { name?: string; address: string }[];
}

/** The hops of traceroute's output: ` 2  router.lab (10.0.0.1)  0.4 ms  0.3 ms *`. */
export function readHops(stdout: string): Hop[] {
  return stdout.split('\n').flatMap((line) => {
    const [, number, rest = ''] = /^\s*(\d{1,3})\s+(\S.*)$/.exec(line) ?? [];
    return number === undefined ? [] : [readHop(Number(number), rest)];
  });
}

function readHop(number: number, text: string): Hop {
  const hop: Hop = { number, address: null, milliseconds: [] };
  const seen: { name?: string; address: string }[] = [];
  const notes: string[] = [];
  const words = text.split(/\s+/).filter((word) => word !== '');
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const bracketed = /^\((.+)\)$/.exec(words[index + 1] ?? '')?.[1];
    if (word === '*') hop.milliseconds.push(null);
    else if (/^\d+(\.\d+)?$/.test(word) && words[index + 1] === 'ms') hop.milliseconds.push(Number(word));
    else if (word.startsWith('!')) notes.push(cleanField(word, 16));
    else if (bracketed !== undefined && isIP(bracketed.replace(/%.*$/, '')) !== 0) {
      seen.push(
        word === bracketed ? { address: bracketed } : { name: cleanField(word, 253), address: bracketed },
      );
      index++;
    } else if (isIP(word.replace(/%.*$/, '')) !== 0) seen.push({ address: word });
  }
  const [first, ...others] = seen;
  return {
    ...hop,
    ...(first ?? {}),
    ...(notes.length === 0 ? {} : { notes }),
    ...(others.length === 0 ? {} : { others }),
  };
}
