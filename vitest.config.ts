import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { slowestFiles } from './test/support/slowest-files.ts'

const conditions = ['source', 'node', 'import', 'default']
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } }
const times = process.env['TEST_TIMES']
/** Limits are for hangs only: a busy machine takes ten times as long as a quiet one. */
const patience = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 120_000 } } }
/** Files share a worker's modules, because a second import of miniflare and the SDKs takes seconds. */
const sharing = { isolate: false }

export default defineConfig({
  test: {
    // A third of the time is waiting, so three test files share two cores.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    ...(times && { reporters: ['default', slowestFiles('npm test', times)] }),
    projects: [
      { ...shared, test: { ...patience, ...sharing, name: 'packages', include: ['packages/*/test/**/*.test.ts'] } },
      {
        ...shared,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**'],
          ...patience,
          ...sharing,
        },
      },
    ],
  },
})
