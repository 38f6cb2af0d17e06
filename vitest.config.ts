import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { runSummary } from './test/support/run-summary.ts'

const conditions = ['source', 'node', 'import', 'default']
const summary = process.env['TEST_SUMMARY']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/live/**'],
    // Half of the time is waiting, so two test files share a core.
    maxWorkers: 2 * availableParallelism(),
    // Files share a worker's modules, because a second import of miniflare and the SDKs takes seconds.
    isolate: false,
    // For the programs that tests start. Without a cache, half of a program's start would be the removal of types.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compile') },
    // Limits are for hangs only: a busy machine takes ten times as long as a quiet one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    ...(summary && { reporters: ['default', runSummary('npm test', summary)] }),
  },
})
