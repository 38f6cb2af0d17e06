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
    // The CKANs share PostgreSQL, Redis and Solr, and some tests stop these servers.
    fileParallelism: false,
    // Some files take minutes. Without a terminal, print a line as each test ends.
    reporters: [
      process.stdout.isTTY ? 'default' : 'verbose',
      ...(times ? [slowestFiles('the live suite', times)] : []),
    ],
    // Real servers on a busy machine are sometimes late. A run by hand shows each late server.
    retry: process.env['CI'] ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
