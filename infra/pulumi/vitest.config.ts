import { defineConfig } from 'vitest/config'

// Without `module`: Node cannot load the files of a dependency of Pulumi under this condition.
const conditions = ['source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
})
