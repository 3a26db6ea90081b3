import { defineConfig } from 'vitest/config';

// Three projects, so that one command can run the quick ones alone. The lab project shares one set of network
// namespaces and measures real scans, so its files run one after another.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,contract,captures}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,attacks,faults,lab,conformance}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
