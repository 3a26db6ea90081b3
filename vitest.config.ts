import { defineConfig } from 'vitest/config';

const inE2e = (...names: string[]) => names.map((name) => `test/e2e/${name}.test.ts`);
// They wait for leases, cut links, full disks and silent ports by the minute, and need a machine that answers in between.
const WAITING = [
  ...inE2e('leases', 'recovery', 'faults', 'ssh-end'),
  // Each of them has network namespaces of its own.
  'test/lab/**/*.test.ts',
];
/** They measure, kill at drawn moments, or bring the machine to its limits. */
const ALONE = [
  ...inE2e('kill', 'open-files'),
  ...['siege', 'share', 'large-reports', 'audit/disk'].map((name) => `test/attacks/${name}.test.ts`),
  'test/faults/**/*.test.ts',
  'test/lab/situations/**/*.test.ts',
];

// Projects, so that one command can run the quick ones alone. Files of e2e and waiting mostly wait, for scans, servers and
// leases, so three of them share two processors; those that need the machine for themselves come last.
export default defineConfig({
  test: {
    globalSetup: 'test/build.ts',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,contract,captures}/**/*.test.ts'],
          testTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/{e2e,attacks,conformance}/**/*.test.ts'],
          exclude: [...ALONE, ...WAITING],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'waiting',
          include: WAITING,
          exclude: ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
