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

// A client waits for stdio to start, so all that takes goes into one file, and the rest into files of their own; as
// CommonJS, which Node loads some 7 ms faster than the same code as ES modules. Left out are packages that bring files of
// their own (the native parts of SQLite and SSH, data that is read when it is asked for) and the log writer, which is loaded with
// the first line.
export default defineConfig({
  input: {
    main: 'src/main.ts',
    plugin: 'src/plugin.ts',
    'store-thread': 'src/store/thread.ts',
    'report-thread': 'src/tools/reports/thread.ts',
    ...(existsSync(WORKER) ? { 'capture-worker': WORKER } : {}),
  },
  platform: 'node',
  // engines in package.json promise 22.12, which does not know `await using`.
  transform: { target: 'node22' },
  external: [
    /^better-sqlite3/,
    /^ssh2/,
    /^@opentelemetry\//,
    /^oui-data/,
    /^@ip-location-db\//,
    /^pino$/,
    /^ssh2$/,
  ],
  plugins: [commonJs, page],
  output: {
    dir: 'dist',
    format: 'cjs',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [{ name: 'core', test: /src[\\/]cli[\\/](run|stdio)\.ts$/ }],
      includeDependenciesRecursively: true,
    },
  },
});
