/**
 * Tools of the operator's own: every file in the folder tools.plugins, read once at the start. They are code that runs
 * as this service, so the folder must belong to whoever may decide that.
 */
import { readdir, stat } from 'node:fs/promises';
import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { SCOPES } from '../../core/caller.ts';
import { PortolanError } from '../../core/errors.ts';
import { TOOLSETS } from '../../core/toolsets.ts';
import type { AnyTool } from './define-tool.ts';
import { schemasOf } from './registry.ts';

const EXTENSIONS = /\.(js|mjs|ts|mts)$/;
const DECLARATIONS = /\.d\.m?ts$/;

/** What can be seen of a tool before it is called. Its schemas are tried by deriving what is published of them. */
const Shape = z.looseObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'a name of letters, digits, _ and -'),
  title: z.string().min(1).max(200),
  description: z.string().min(1).max(4000),
  annotations: z.strictObject({
    readOnly: z.boolean(),
    destructive: z.boolean(),
    idempotent: z.boolean(),
    openWorld: z.boolean(),
  }),
  toolset: z.enum(TOOLSETS),
  scope: z.enum(SCOPES),
  handle: z.custom<AnyTool['handle']>((value) => typeof value === 'function', 'a function'),
});

/**
 * The tools that the files of `folder` export, by name of the file.
 * @param taken names that are not free any more.
 * @throws PortolanError `invalid_config` that names the file and what is wrong with it.
 */
export async function loadPlugins(folder: string, taken: Iterable<string>): Promise<AnyTool[]> {
  await mustBeOurs(folder);
  const files = (await readdir(folder)).filter((name) => EXTENSIONS.test(name) && !DECLARATIONS.test(name));
  if (files.length > 0) provideOurselves(folder);
  const names = new Map([...taken].map((name) => [name, 'Portolan itself']));
  const tools: AnyTool[] = [];
  for (const name of files.sort()) {
    const file = join(folder, name);
    await mustBeOurs(file);
    for (const tool of await toolsOf(file)) {
      const owner = names.get(tool.name);
      if (owner !== undefined) throw wrong(file, `exports ${tool.name}, a name that ${owner} has already`);
      names.set(tool.name, file);
      tools.push(tool);
    }
  }
  return tools;
}

async function toolsOf(file: string): Promise<AnyTool[]> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw wrong(file, `cannot be loaded (${firstLine(cause)})`, cause);
  }
  const found = new Set(
    Object.values(exported).filter((value) => typeof value === 'object' && value !== null),
  );
  if (found.size === 0) throw wrong(file, 'exports no tool');
  return [...found].map((value) => checked(file, value));
}

function checked(file: string, value: unknown): AnyTool {
  const shape = Shape.safeParse(value);
  if (!shape.success) {
    const [issue] = shape.error.issues;
    throw wrong(file, `exports something that is no tool (${issue?.path.join('.')}: ${issue?.message})`);
  }
  // The shape has been looked at; what is in its schemas only their own library can tell.
  const tool = value as AnyTool;
  try {
    schemasOf(tool);
    tool.input.safeParse({});
  } catch (cause) {
    throw wrong(file, `exports ${tool.name}, whose schemas cannot be read (${firstLine(cause)})`, cause);
  }
  return tool;
}

/** Whoever can write there could run code as this service. */
async function mustBeOurs(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new PortolanError(
      'invalid_config',
      `tools.plugins: ${path} cannot be read (${cause.code ?? 'unknown'}).`,
      'Make the folder, or take tools.plugins out of the configuration.',
      { cause },
    );
  });
  const us = process.geteuid?.();
  if (us === undefined) return;
  const owned = found.uid === us || found.uid === 0;
  if (owned && (found.mode & 0o022) === 0) return;
  throw new PortolanError(
    'invalid_config',
    owned
      ? `tools.plugins: others than its owner can write to ${path}.`
      : `tools.plugins: ${path} belongs to another user.`,
    owned ? `Run: chmod go-w ${path}` : `Let ${path} belong to the user of this service, or to root.`,
  );
}

let provided: Set<string> | undefined;

/** Lets `import … from 'portolan'` (and 'zod') in that folder mean those that run, whether or not they are installed there. */
function provideOurselves(folder: string): void {
  const parent = `${pathToFileURL(folder).href}/`;
  if (provided) {
    provided.add(parent);
    return;
  }
  if (typeof module.registerHooks !== 'function') {
    throw new PortolanError(
      'invalid_config',
      `tools.plugins needs Node 22.15 or newer; this is ${process.versions.node}.`,
      'Install a newer Node.',
    );
  }
  const folders = new Set([parent]);
  provided = folders;
  const ours = new URL(import.meta.url.endsWith('.ts') ? '../../plugin.ts' : './plugin.js', import.meta.url)
    .href;
  module.registerHooks({
    resolve(specifier, context, next) {
      const from = context.parentURL ?? '';
      if (![...folders].some((one) => from.startsWith(one))) return next(specifier, context);
      if (specifier === 'portolan') return { url: ours, shortCircuit: true };
      // The schema library is where we are; a tool may bring one of its own.
      if (specifier === 'zod') return next(specifier, { ...context, parentURL: import.meta.url });
      return next(specifier, context);
    },
  });
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function wrong(file: string, what: string, cause?: unknown): PortolanError {
  return new PortolanError(
    'invalid_config',
    `${file} ${what}.`,
    'Mend the file or move it out of tools.plugins; docs/your-own-tool.md shows one from nothing.',
    { cause },
  );
}
