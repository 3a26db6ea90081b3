/** `portolan expect`: what is expected, and what differs from it. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PortolanError } from '../../core/errors.ts';
import type { Effect } from '../../core/expectation.ts';
import { DriftOutput } from '../../tools/inventory/expectation-output.ts';
import { EXIT } from '../exit-codes.ts';
import type { SessionOptions } from '../open-session.ts';
import { print } from '../terminal.ts';
import { ask } from './ask.ts';

const Drifted = z.looseObject({ drift: z.array(DriftOutput) });

export interface ExpectOptions extends SessionOptions {
  site?: string;
  json?: boolean;
}

/** @returns exit status 3 with --fail-on-drift where something differs */
export async function list(
  query: readonly string[],
  { failOnDrift, site, ...options }: ExpectOptions & { failOnDrift?: boolean },
): Promise<number> {
  const words = query.join(' ');
  const args = { query: words === '' ? undefined : words, site };
  const { json, ...rest } = options;
  return await ask(rest, 'list_expectations', args, ({ text, structured }) => {
    print(json ? JSON.stringify(structured, null, 2) : text);
    return failOnDrift && Drifted.parse(structured).drift.length > 0 ? EXIT.alarmed : EXIT.ok;
  });
}

export interface SayOptions extends ExpectOptions {
  ports: string;
  protocol?: string;
  effect?: Effect;
  product?: string;
  reason: string;
  until?: string;
}

export async function say(hosts: string, options: SayOptions): Promise<number> {
  const { ports, protocol, effect, product, reason, until, site } = options;
  return await set(options, { add: [{ hosts, ports, protocol, effect, product, reason, until }], site });
}

export async function present(
  query: readonly string[],
  options: ExpectOptions & { reason: string; until?: string },
): Promise<number> {
  const { reason, until, site } = options;
  return await set(options, { present: query.join(' '), reason, until, site });
}

export async function take(ids: readonly string[], options: ExpectOptions): Promise<number> {
  return await set(options, { remove: ids });
}

/** A file in YAML or JSON, checked whole before anything is said. */
export async function fromFile(file: string, options: ExpectOptions): Promise<number> {
  const { readExpectations } = await import('../../inventory/expectations/file.ts');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PortolanError('file_not_found', `${file} cannot be read.`, 'Name a file that you may read.', {
      cause,
    });
  });
  const entries = readExpectations(text, { site: '', approval: { by: '', at: 0 } });
  const add = entries.map(({ selector, ports, protocol, effect, product, reason, expiresAt }) => ({
    hosts: selector,
    ports,
    protocol,
    effect,
    product,
    reason,
    until: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  }));
  return await set(options, { add, site: options.site });
}

async function set(options: ExpectOptions, args: Readonly<Record<string, unknown>>): Promise<number> {
  return await ask(options, 'set_expectations', args, ({ text }) => {
    print(text);
    return EXIT.ok;
  });
}
