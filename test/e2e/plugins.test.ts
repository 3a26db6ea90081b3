/** docs/your-own-tool.md, followed literally: its files are taken out of the page and used as it says. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cleanEnvironment,
  type Home,
  mainArguments,
  makeHome,
  startStdio,
  withSettings,
} from './portolan.ts';

const GUIDE = readFileSync(new URL('../../docs/your-own-tool.md', import.meta.url), 'utf8');
const blocks = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);

let home: Home;
let folder: string;
beforeAll(() => {
  home = makeHome();
  folder = join(home.folder, '.config', 'portolan', 'tools');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
});
afterAll(() => home.remove());

function portolan(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, mainArguments(home, ...args), {
    env: cleanEnvironment(home),
    encoding: 'utf8',
  });
}

describe('the guide', () => {
  it('makes a tool in ten lines that works at once', () => {
    const [code = ''] = blocks('js');
    const [yaml = ''] = blocks('yaml');
    const [command = ''] = blocks('sh');
    expect(code.trim().split('\n').filter(Boolean)).toHaveLength(10);
    writeFileSync(join(folder, 'route.mjs'), code);
    writeFileSync(join(home.folder, '.config', 'portolan', 'portolan.yaml'), yaml);
    const [program, ...words] = command.trim().split(' ');
    expect(program).toBe('portolan');
    const { stdout, stderr } = portolan(...words);
    expect(stderr).toBe('');
    expect(stdout).toContain('ip route get 127.0.0.1');
  });

  it('shows files that are all tools', () => {
    const [, flags = '', own = ''] = blocks('js');
    writeFileSync(join(folder, 'arping.mjs'), flags);
    writeFileSync(join(folder, 'subnet.ts'), own);
    const { stdout, stderr } = portolan('call');
    expect(stderr).toBe('');
    for (const name of ['RouteTool', 'ArpingTool', 'subnet_size']) expect(stdout).toContain(name);
    expect(portolan('call', 'subnet_size', 'prefix=24').stdout).toContain('A /24 has 256 addresses.');
    const refused = portolan('call', 'ArpingTool', 'target=127.0.0.1', 'extra_args=-c 6');
    expect(refused.stderr).toContain('Give a whole number from 1 to 5.');
    expect(portolan('call', 'RouteTool', 'target=8.8.8.8').stderr).toContain('out_of_scope');
  });

  it('says which of them an MCP client is shown', async () => {
    const [shown = ''] = /`tools\.toolsets: (\[.*?\])`/.exec(GUIDE)?.slice(1) ?? [];
    const list = async (...settings: string[]) => {
      const { client, close } = await startStdio(home, '2026-07-28', withSettings(...settings));
      const names = (await client.listTools()).tools.map(({ name }) => name);
      await close();
      return names;
    };
    const standard = await list();
    expect(standard).toContain('quick_scan');
    expect(standard).toContain('subnet_size');
    for (const name of ['RouteTool', 'ArpingTool', 'NmapTool', 'PingTool'])
      expect(standard).not.toContain(name);
    const chosen = await list(`tools.toolsets=${shown.replace(/[[\] ]/g, '')}`);
    for (const name of ['RouteTool', 'ArpingTool', 'PingTool', 'quick_scan']) expect(chosen).toContain(name);
    expect(chosen).not.toContain('enrich_ip');
    expect(await list('tools.include=RouteTool,quick_scan')).toEqual(['quick_scan', 'RouteTool']);
    expect(await list('tools.exclude=quick_scan')).not.toContain('quick_scan');
  });
});

describe('a plugin folder that is not right stops the start, and the message says what mends it', () => {
  const cases: [name: string, text: string, message: RegExp][] = [
    ['syntax.mjs', 'export const x = {', /syntax\.mjs cannot be loaded/],
    ['empty.mjs', 'export const version = 1;', /empty\.mjs exports no tool/],
    [
      'shape.mjs',
      'export const x = { name: "x y" };',
      /shape\.mjs exports something that is no tool \(name: /,
    ],
    [
      'taken.mjs',
      'import { defineCommandTool } from "portolan"; export const x = defineCommandTool({ name: "quick_scan", title: "t", description: "d", command: "true", flags: {} });',
      /quick_scan, a name that Portolan itself has already/,
    ],
    ['import.mjs', 'import "no-such-package";', /import\.mjs cannot be loaded/],
  ];
  it.each(cases)('%s', (name, text, message) => {
    const wrong = join(home.folder, `wrong-${name}`);
    mkdirSync(wrong, { mode: 0o700 });
    writeFileSync(join(wrong, name), text);
    const { status, stderr } = portolan('call', '--set', `tools.plugins=${wrong}`);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  it('others can write to it', () => {
    const open = join(home.folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    expect(portolan('call', '--set', `tools.plugins=${open}`).stderr).toContain(`chmod go-w ${open}`);
  });

  it('it is not there, or a tool is named that does not exist', () => {
    expect(portolan('call', '--set', 'tools.plugins=/no/such/folder').stderr).toContain('ENOENT');
    expect(portolan('call', '--set', 'tools.include=quick_scam').stderr).toContain('which is no tool');
  });
});

it('the package exports what the guide imports, also as it is shipped', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const root = new URL('../../', import.meta.url).pathname;
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'ignore' });
  const names = [...GUIDE.matchAll(/import \{ (.*?) \} from 'portolan'/g)].flatMap(([, list = '']) =>
    list.split(', '),
  );
  const script = `const all = await import(process.argv[1]); console.log(process.argv.slice(2).filter((name) => all[name] === undefined).join())`;
  const missing = execFileSync(
    process.execPath,
    ['--input-type=module', '-e', script, join(root, manifest.exports['.'].default), ...names],
    { encoding: 'utf8' },
  );
  expect(missing.trim()).toBe('');
  // Those who write TypeScript have the types, as they are made for the package.
  const compile = (...words: string[]) =>
    spawnSync(join(root, 'node_modules/.bin/tsc'), words, { cwd: home.folder, encoding: 'utf8' });
  const types = join(home.folder, 'types');
  expect(compile('-p', join(root, 'tsconfig.types.json'), '--outDir', types).stdout).toBe('');
  const [first = '', second = '', third = ''] = [...GUIDE.matchAll(/```js\n(.*?)```/gs)].map(
    ([, text]) => text ?? '',
  );
  const entry = join(types, manifest.exports['.'].types.replace('./dist/types/', '').replace('.d.ts', '.js'));
  for (const [index, text] of [first, second, third].entries()) {
    const file = join(types, `tool-${index}.ts`);
    writeFileSync(file, text.replace("'portolan'", `'${entry}'`));
  }
  symlinkSync(join(root, 'node_modules'), join(home.folder, 'node_modules'));
  const strict = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
    '--skipLibCheck',
  ];
  const check = (...files: string[]) => compile(...strict, ...files.map((name) => join(types, name))).stdout;
  expect(check('tool-0.ts', 'tool-1.ts', 'tool-2.ts')).toBe('');
  writeFileSync(
    join(types, 'wrong.ts'),
    first.replace("'portolan'", `'${entry}'`).replace("command: 'ip',", 'command: 7,'),
  );
  expect(check('wrong.ts')).toContain('TS2322');
});

it('a tool whose program is missing is left alone after five calls; bad input never counts', async () => {
  const own = join(home.folder, 'missing');
  mkdirSync(own, { mode: 0o700 });
  writeFileSync(
    join(own, 'missing.mjs'),
    `import { defineCommandTool } from 'portolan';
export const missing = defineCommandTool({ name: 'MissingTool', title: 'Missing', description: 'Its program is not there.', command: 'no-such-program-here', package: 'its-package', flags: {} });`,
  );
  const settings = [`tools.plugins=${own}`, 'tools.toolsets=command', 'rateLimit.scansPerMinute=0'];
  const server = await startStdio(home, '2026-07-28', withSettings(...settings));
  const kinds = async (args: Record<string, unknown>, times: number) => {
    const seen: unknown[] = [];
    for (let call = 0; call < times; call++) {
      const { structured } = await server.call('MissingTool', args);
      seen.push(structured['error_type']);
    }
    return seen;
  };
  expect(await kinds({ target: '8.8.8.8' }, 7)).toEqual(Array(7).fill('validation_error'));
  expect(await kinds({ target: '127.0.0.1' }, 6)).toEqual([
    ...Array(5).fill('not_found'),
    'circuit_breaker_open',
  ]);
  const { structured } = await server.call('MissingTool', { target: '127.0.0.1' });
  expect(structured).toMatchObject({ returncode: null, metadata: { code: 'breaker_open' } });
  await server.close();
});
