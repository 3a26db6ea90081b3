import { defineConfig } from 'vitest/config';

// In test/e2e, and as those of lab.
const ALONE = ['kill', 'leases', 'recovery', 'faults', 'open-files', 'clock', 'truth', 'ssh-end'].map(
  (name) => `test/e2e/${name}.test.ts`,
);

// Three projects, so that one command can run the quick ones alone; they run one after another. Files of e2e mostly
// wait for scans and servers, so two of them share the machine. Those of lab share network namespaces, measure, or
// bring the machine to its limits: each has it for itself.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,contract,captures}/**/*.test.ts'],
          testTimeout: 20_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,conformance}/**/*.test.ts'],
          exclude: ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/{attacks,faults,lab}/**/*.test.ts', ...ALONE],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
