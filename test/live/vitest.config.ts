import { defineConfig } from 'vitest/config'
import { slowestFiles } from '../support/slowest-files.ts'

const times = process.env['TEST_TIMES']
const conditions = ['source', 'node', 'import', 'default']
const resolved = { resolve: { conditions }, ssr: { resolve: { conditions } } }
/** They use the local edition alone, so they can run beside the tests that share the CKANs and emulators. */
const LOCAL = [
  'browser/**/*.test.ts',
  'bucket/**/*.test.ts',
  'clients/{examples,killed}.test.ts',
  'gateway/fuzz.test.ts',
  'terminal/**/*.test.ts',
]
const shared = {
  dir: import.meta.dirname,
  // The CKANs share PostgreSQL, Redis and Solr, and some tests stop these servers.
  fileParallelism: false,
  // Real servers on a busy machine are sometimes late. A run by hand shows each late server.
  retry: process.env['CI'] ? 1 : 0,
  testTimeout: 120_000,
  hookTimeout: 120_000,
}

export default defineConfig({
  test: {
    // Some files take minutes. Without a terminal, print a line as each test ends.
    reporters: [
      process.stdout.isTTY ? 'default' : 'verbose',
      ...(times ? [slowestFiles('the live suite', times)] : []),
    ],
    fileParallelism: false,
    projects: [
      { ...resolved, test: { ...shared, name: 'live', include: ['**/*.test.ts'], exclude: LOCAL } },
      { ...resolved, test: { ...shared, name: 'local', include: LOCAL } },
    ],
  },
})
