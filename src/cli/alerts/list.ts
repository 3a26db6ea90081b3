/** `portolan alerts`: what is told where, and what became of it. */
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { ask } from '../inventory/ask.ts';
import type { SessionOptions } from '../open-session.ts';
import { print } from '../terminal.ts';

export type AlertOptions = SessionOptions & { json?: boolean };

const Kinds = z.looseObject({
  kinds: z.array(
    z.looseObject({ kind: z.string(), about: z.string(), example: z.record(z.string(), z.unknown()) }),
  ),
});
const Deliveries = z.looseObject({ deliveries: z.array(z.unknown()) });

export async function list(options: AlertOptions): Promise<number> {
  return await ask(options, 'list_alerts', {}, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}

export async function kinds(options: AlertOptions): Promise<number> {
  return await ask(options, 'list_alerts', {}, ({ structured }) => {
    for (const { kind, about, example } of Kinds.parse(structured).kinds) {
      const pairs = Object.entries(example).map(([key, value]) => `${key}=${String(value)}`);
      print(`${kind}: ${about}\n  portolan alerts channel NAME ${kind} ${pairs.join(' ')}`);
    }
    return EXIT.ok;
  });
}

export async function deliveries({
  state = 'all',
  limit,
  json,
  ...options
}: AlertOptions & { state?: string; limit?: string }): Promise<number> {
  const args = { deliveries: state, limit: limit === undefined ? undefined : Number(limit) };
  return await ask(options, 'list_alerts', args, ({ text, structured }) => {
    const { deliveries: found } = Deliveries.parse(structured);
    if (json) print(JSON.stringify(found, null, 2));
    else print(found.length === 0 ? 'No messages.' : text.slice(text.indexOf('Messages, newest first:')));
    return EXIT.ok;
  });
}
