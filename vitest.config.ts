import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node', 'import', 'default']
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  test: {
    // Both of two cores: half the time is waiting.
    maxWorkers: '100%',
    projects: [
      { ...shared, test: { name: 'packages', isolate: false, include: ['packages/*/test/**/*.test.ts'] } },
      {
        ...shared,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
})
