import { existsSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const WORKER = 'src/captures/worker.ts';

// One file to start means little to read at the start. Left out are packages that bring files of their own: the native
// part of SQLite, and data that is read from disk when it is asked for.
export default defineConfig({
  input: { main: 'src/main.ts', ...(existsSync(WORKER) ? { worker: WORKER } : {}) },
  platform: 'node',
  external: [/^better-sqlite3/, /^oui-data/, /^@ip-location-db\//],
  output: {
    dir: 'dist',
    format: 'esm',
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  },
});
