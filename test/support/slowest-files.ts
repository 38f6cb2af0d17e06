import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

const SHOWN = 10

/** Appends a table of the slowest test files to `path`, so that `.ci/run` can print it after all other output. */
export function slowestFiles(title: string, path: string): Reporter {
  return {
    onTestRunEnd(modules) {
      appendFileSync(path, `\nSlowest test files of ${title}, in seconds\n${toTable(modules)}`)
    },
  }
}

function toTable(modules: readonly TestModule[]): string {
  return modules
    .map((module) => ({ file: relative(process.cwd(), module.moduleId), ms: durationOf(module) }))
    .sort((one, other) => other.ms - one.ms)
    .slice(0, SHOWN)
    .map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)}  ${file}\n`)
    .join('')
}

/** The time of the tests, their hooks and the imports of the file. */
function durationOf(module: TestModule): number {
  const { duration, collectDuration, setupDuration } = module.diagnostic()
  return duration + collectDuration + setupDuration
}
