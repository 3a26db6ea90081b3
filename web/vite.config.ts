/** Builds the dashboard into `dist/web`, from where `portolan serve` gives it to browsers. */
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where a server listens beside which the dashboard is worked on: `npm run web`. */
const SERVER = 'http://127.0.0.1:8765';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    assetsDir: 'web-assets',
    // As files: the policy of the page lets nothing else in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  server: {
    proxy: Object.fromEntries(
      ['/tools', '/tasks', '/session', '/events', '/captures', '/health', '/config', '/inventory'].map(
        (path) => [
          path,
          {
            target: SERVER,
            bypass: ({ headers }) => (headers.accept?.includes('text/html') ? '/index.html' : null),
          },
        ],
      ),
    ),
  },
});
