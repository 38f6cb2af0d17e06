import { defineConfig } from 'vitest/config'
import { runSummary } from '../support/run-summary.ts'
import { LAST, type Row, SIDE_BY_SIDE, SITES_VARIABLE } from './rows.ts'

const summary = process.env['TEST_SUMMARY']
const conditions = ['source', 'node', 'import', 'default']

export default defineConfig({
  test: {
    // Some files take minutes. Without a terminal, print a line as each test ends.
    reporters: [
      process.stdout.isTTY ? 'default' : 'verbose',
      ...(summary ? [runSummary('the live suite', summary)] : []),
    ],
    fileParallelism: false,
    projects: [...SIDE_BY_SIDE, LAST].map(projectOf),
  },
})

function projectOf({ name, include, exclude = [], sites }: Row) {
  return {
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name,
      dir: import.meta.dirname,
      include: [...include],
      exclude: [...exclude],
      fileParallelism: false,
      // Real servers on a busy machine are sometimes late. A run by hand shows each late server.
      retry: process.env['CI'] ? 1 : 0,
      testTimeout: 300_000,
      hookTimeout: 300_000,
      // Limits are for hangs only.
      expect: { poll: { timeout: 180_000, interval: 200 } },
      env: sites ? { [SITES_VARIABLE]: sites } : {},
    },
  }
}
