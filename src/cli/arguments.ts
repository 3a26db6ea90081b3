/** `key=value` words of a command line as the arguments of a tool. */
import { z } from 'zod';
import { referencedSecret } from '../config/secrets.ts';
import { PortolanError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

const InputSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ type: z.string().optional() })).default({}),
});

/**
 * Texts take the type that the tool's JSON Schema gives their key: `timeout=60` is a number. A key without a simple
 * type reads JSON where the text begins like JSON, as in `target=["10.0.0.1","10.0.0.2"]`. A key that the tool does not
 * have and that is no slip of one is left to the tool to refuse.
 * @throws PortolanError `invalid_argument`
 */
export function toolArguments(
  tool: string,
  inputSchema: unknown,
  pairs: readonly string[],
): Record<string, unknown> {
  const { properties } = InputSchema.parse(inputSchema);
  const names = Object.keys(properties);
  const args: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [, key = '', text = ''] = /^([A-Za-z0-9_-]+)=(.*)$/s.exec(pair) ?? [];
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!property) {
      const near = nearest(key, names);
      if (/^[a-z]/i.test(key) && near === undefined && !Object.hasOwn(args, key)) {
        // The tool says it best: which argument says that, and of which tool.
        args[key] = text;
        continue;
      }
      throw new PortolanError(
        'invalid_argument',
        key === '' ? `"${pair}" is not key=value.` : `${tool} has no argument "${key}".`,
        near && key !== near ? `Did you mean ${near}=…?` : `Its arguments: ${names.join(', ') || 'none'}.`,
      );
    }
    if (Object.hasOwn(args, key)) {
      throw new PortolanError(
        'invalid_argument',
        `${key}= is given twice.`,
        property.type === undefined || property.type === 'array'
          ? `Give several values as a list: ${key}='["A","B"]'.`
          : 'Give it once.',
      );
    }
    args[key] = key === 'ssh_pwd' ? secret(key, text) : typed(key, property.type, text);
  }
  return args;
}

/** What everybody on this machine who lists processes would read is only named here. */
function secret(key: string, source: string): string {
  if (/^(env|file):/.test(source)) return referencedSecret(key, source, process.env);
  throw new PortolanError(
    'invalid_argument',
    `${key}=… would show the password to everyone on this machine who lists processes.`,
    `Write ${key}=env:NAME or ${key}=file:/path, or use a scanner of the configuration.`,
  );
}

function typed(key: string, type: string | undefined, text: string): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'integer':
    case 'number': {
      if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
      throw new PortolanError(
        'invalid_argument',
        `${key}=${text} is not a number.`,
        `Write ${key}=30 or the like.`,
      );
    }
    case 'boolean': {
      if (text === 'true' || text === 'false') return text === 'true';
      throw new PortolanError(
        'invalid_argument',
        `${key}=${text} is neither true nor false.`,
        `Write ${key}=true.`,
      );
    }
    default:
      return /^\s*[[{"]/.test(text) ? json(key, text) : type === 'array' ? text.split(',') : text;
  }
}

function json(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PortolanError(
      'invalid_argument',
      `${key} begins like JSON but is not JSON.`,
      `Write ${key}='["first","second"]', quoted for the shell.`,
    );
  }
}
