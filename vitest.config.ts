import { defineConfig } from 'vitest/config';

/** Tests that start processes: each has the machine to itself, but for those listed below. */
const heavy = ['test/integration/**/*.test.ts', 'test/networks/**/*.test.ts'];

/** They start processes, compile or pack, but time nothing: they need not wait for each other. */
const slow = [
  'test/integration/actor-names.test.ts',
  'test/integration/back-pressure.test.ts',
  'test/integration/calls.test.ts',
  'test/integration/command-lines.test.ts',
  'test/integration/demo.test.ts',
  'test/integration/hostile-inputs.test.ts',
  'test/integration/hostile-middleman.test.ts',
  'test/integration/strangers.test.ts',
  'test/integration/tls.test.ts',
  'test/integration/tls-strangers.test.ts',
  'test/package/**/*.test.ts',
  'test/seeds/**/*.test.ts',
];

/** Wait on silences of seconds and use little of the processor: two at a time. */
const waiting = [
  'test/integration/flap.test.ts',
  'test/integration/rotation.test.ts',
  'test/networks/addresses.test.ts',
  'test/networks/broken-link.test.ts',
  'test/networks/half-open.test.ts',
  'test/networks/loss.test.ts',
  'test/networks/narrow.test.ts',
];

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    // A fresh process for each file would load the same modules again: a minute in all.
    isolate: false,
    // The gate reads its closing line from the report; somebody at a terminal has no use for it.
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.tmp/tests.json' }]]
      : ['default'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...heavy, ...slow],
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: slow,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'waiting',
          include: waiting,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'process',
          include: heavy,
          exclude: [...slow, ...waiting],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
