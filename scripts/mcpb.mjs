/**
 * `npm run mcpb`: builds .cache/portolan.mcpb, the bundle that desktop clients of MCP install by a click. It holds the
 * code, the packages that the code leaves outside itself, and the manifest that is derived from package.json and the tools.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { build } from './build.mjs';
import { ensureNpmPackages } from './packages.mjs';
import { command, NODE, ROOT, run, StepError, say } from './steps.mjs';

const STAGE = join(ROOT, '.cache', 'mcpb');
const output = resolve(process.argv[2] ?? join(ROOT, '.cache', 'portolan.mcpb'));

await command(async () => {
  ensureNpmPackages();
  build();
  rmSync(STAGE, { recursive: true, force: true });
  mkdirSync(STAGE, { recursive: true });
  cpSync(join(ROOT, 'dist'), join(STAGE, 'dist'), { recursive: true });
  for (const name of ['package.json', 'LICENSE', 'README.md']) cpSync(join(ROOT, name), join(STAGE, name));
  copyPackages();
  // The tools are TypeScript, which the Node of the project reads and another one may not.
  const { ok, output: manifest } = run(NODE, ['scripts/mcpb-manifest.ts'], { quiet: true });
  if (!ok) throw new StepError(`The manifest was not made:\n${manifest}`, 'npm run types');
  writeFileSync(join(STAGE, 'manifest.json'), manifest);
  const packed = run(NODE, ['node_modules/.bin/mcpb', 'pack', STAGE, output], { quiet: true });
  if (!packed.ok) throw new StepError(`The bundle was not packed:\n${packed.output}`, 'npm run mcpb');
  say(`Packed ${output}.`);
});

/** The packages that the bundled code imports at run time, with all that they need. */
function copyPackages() {
  const { dependencies, optionalDependencies } = readJson(join(ROOT, 'package.json'));
  const config = readFileSync(join(ROOT, 'rolldown.config.ts'), 'utf8');
  const outside = [.../external = \[(.*?)\]/s.exec(config)[1].matchAll(/\/\^(.*?)\$?\/(?=[,\s]|$)/g)].map(
    ([, pattern]) => new RegExp(`^${pattern}`),
  );
  // And the library that tools of one's own describe their arguments with.
  const names = Object.keys({ ...dependencies, ...optionalDependencies }).filter(
    (name) => name === 'zod' || outside.some((pattern) => pattern.test(name)),
  );
  const copied = new Set();
  const copy = (name, from) => {
    const folder = findPackage(name, from);
    if (folder === undefined || copied.has(folder)) return;
    copied.add(folder);
    cpSync(folder, join(STAGE, folder.slice(realpathSync(ROOT).length)), {
      recursive: true,
      filter: (path) => !path.slice(folder.length).includes('/node_modules'),
    });
    const { dependencies: needs = {}, optionalDependencies: likes = {} } = readJson(
      join(folder, 'package.json'),
    );
    for (const need of Object.keys({ ...needs, ...likes })) copy(need, folder);
  };
  for (const name of names) copy(name, realpathSync(ROOT));
}

/** As Node looks for it; undefined for an optional one that is not there. */
function findPackage(name, from) {
  for (const folder of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  return undefined;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
