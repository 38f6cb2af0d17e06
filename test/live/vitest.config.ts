import { defineConfig } from 'vitest/config'
import { slowestFiles } from '../support/slowest-files.ts'

const times = process.env['TEST_TIMES']
const conditions = ['source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'live',
    dir: import.meta.dirname,
    include: ['**/*.test.ts'],
    // The CKANs share PostgreSQL, Redis and Solr, and some tests stop what the others need.
    fileParallelism: false,
    // Without a terminal to redraw, a line as each test ends: some files take minutes.
    reporters: [
      process.stdout.isTTY ? 'default' : 'verbose',
      ...(times ? [slowestFiles('the live suite', times)] : []),
    ],
    // Real servers on a busy machine are late now and then; by hand every lateness is to be seen.
    retry: process.env['CI'] ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
