import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node'

const SHOWN = 10
const MAX_CHARACTERS = 300

/**
 * Appends the failed tests and the slowest test files to `path`, so that `.ci/run` can print them after all other
 * output.
 */
export function runSummary(title: string, path: string): Reporter {
  return {
    onTestRunEnd(modules, errors) {
      const tests = modules.flatMap(({ children }) => [...children.allTests()])
      const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
      const failed = tests.filter((test) => test.result().state === 'failed')
      const summary = [
        listOf(`Failed in ${title}`, [
          ...errors.map(({ message }) => `  ${firstLineOf(message)}`),
          ...suites.flatMap((suite) => suite.errors().map((error) => lineOf(suite, error))),
          ...failed.map((test) => lineOf(test, test.result().errors?.[0])),
        ]),
        listOf(
          `Passed only at the second attempt in ${title}`,
          tests.filter((test) => test.diagnostic()?.flaky).map((test) => lineOf(test, test.result().errors?.[0])),
        ),
        listOf(`Slowest test files of ${title}, in seconds`, slowest(modules)),
      ]
      appendFileSync(path, summary.join(''))
    },
  }
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `${line}\n`).join('')}`
}

function lineOf(failed: TestModule | TestSuite | TestCase, error: SerializedError | undefined): string {
  const file = relative(process.cwd(), 'moduleId' in failed ? failed.moduleId : failed.module.moduleId)
  const name = 'fullName' in failed ? ` > ${failed.fullName}` : ''
  return `  ${file}${name}: ${firstLineOf(error?.message ?? '')}`
}

function firstLineOf(message: string): string {
  return stripVTControlCharacters(message).split('\n', 1)[0]?.slice(0, MAX_CHARACTERS) ?? ''
}

function slowest(modules: readonly TestModule[]): readonly string[] {
  return modules
    .map((module) => ({ file: relative(process.cwd(), module.moduleId), ms: durationOf(module) }))
    .sort((one, other) => other.ms - one.ms)
    .slice(0, SHOWN)
    .map(({ file, ms }) => `${(ms / 1000).toFixed(1).padStart(8)}  ${file}`)
}

/** The time of the tests, their hooks and the imports of the file. */
function durationOf(module: TestModule): number {
  const { duration, collectDuration, setupDuration } = module.diagnostic()
  return duration + collectDuration + setupDuration
}
