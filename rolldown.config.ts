import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'rolldown';

const WORKER = 'src/captures/worker.ts';

/** Tells Node what the files are, where package.json says that ours are ES modules. */
const commonJs: Plugin = {
  name: 'commonjs-folder',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
  },
};

const PAGE = 'src/transports/rest/page';

/** What `/docs` reads when it is asked for. */
const page: Plugin = {
  name: 'page',
  generateBundle() {
    for (const name of readdirSync(PAGE)) {
      this.emitFile({ type: 'asset', fileName: `page/${name}`, source: readFileSync(`${PAGE}/${name}`) });
    }
  },
};

/** One letter beyond Latin-1 makes V8 keep all of a file in two bytes a letter, and read it more slowly at each start. */
const ascii: Plugin = {
  name: 'ascii',
  generateBundle(_, bundle) {
    for (const part of Object.values(bundle))
      if (part.type === 'chunk')
        part.code = part.code.replace(
          /[^\0-\x7f]/g,
          (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
  },
};

/** What `portolan pcap` needs of the code that stdio needs too: a part of it, which alone is loaded in half the time. */
const BASE =
  /usingCtx|src[\\/](cli[\\/](run|options|terminal)|core[\\/][a-z-]+|captures[\\/](report-[a-z]+|container[\\/]magic)|config[\\/]version)\.ts$/;

/** What speaks MCP, and the SDK of it, which is larger than all that commands and stdio share. */
const STDIO =
  /@modelcontextprotocol[\\/](server|core)[\\/]|src[\\/](cli[\\/]stdio|transports[\\/]mcp[\\/](?!http|sessions)[a-z-]+)\.ts$/;

// A client waits for stdio to start, so all that takes goes into three files, and the rest into files of their own; as
// CommonJS, which Node loads some 7 ms faster than the same code as ES modules. Left out are packages that bring files of
// their own (the native parts of SQLite and SSH, data that is read when it is asked for) and the log writer, which is loaded with
// the first line.
const external = [
  /^better-sqlite3/,
  /^pg$/,
  /^ssh2/,
  // Its API is small, in many files, and in what watches over each command.
  /^@opentelemetry\/(?!api$)/,
  /^oui-data/,
  /^@ip-location-db\//,
  /^pino$/,
  /^ssh2$/,
];

export default defineConfig([
  {
    input: {
      main: 'src/main.ts',
      plugin: 'src/plugin.ts',
      'report-thread': 'src/tools/reports/thread.ts',
      ...(existsSync(WORKER) ? { 'capture-worker': WORKER } : {}),
    },
    platform: 'node',
    // engines in package.json promise 22.12, which does not know `await using`.
    transform: { target: 'node22' },
    external,
    plugins: [commonJs, page, ascii],
    output: {
      dir: 'dist',
      format: 'cjs',
      minify: true,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      codeSplitting: {
        groups: [
          { name: 'base', test: BASE, priority: 3 },
          { name: 'stdio', test: STDIO, priority: 2, includeDependenciesRecursively: false },
          { name: 'core', test: /src[\\/]cli[\\/](run|stdio)\.ts$/, priority: 1 },
        ],
        includeDependenciesRecursively: true,
      },
    },
  },
  {
    // The thread of the database shares nothing: it would read the code of everything else for a little of it.
    input: { 'store-thread': 'src/store/sqlite/thread.ts' },
    platform: 'node',
    transform: { target: 'node22' },
    external,
    plugins: [ascii],
    output: { dir: 'dist', format: 'cjs', minify: true, entryFileNames: '[name].js', codeSplitting: false },
  },
]);
