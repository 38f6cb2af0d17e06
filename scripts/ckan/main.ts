import { readArguments, UsageError, usage } from './arguments.ts'
import { down } from './down.ts'
import { readIfThere } from './files.ts'
import { createProgress, StepFailure } from './progress.ts'
import { abortCommands, LoggedError } from './run.ts'
import { status } from './status.ts'
import { up } from './up.ts'

const lastLines = 30

const main = async (words: readonly string[]): Promise<void> => {
  const { command, chosen } = readArguments(words)
  if (command === 'help') return void process.stdout.write(usage)
  const progress = createProgress(process.stdout)
  if (command === 'up') await up(chosen, progress)
  if (command === 'down') await down(chosen, progress)
  process.stdout.write(`\n${await status(chosen)}\n`)
  if (command === 'up')
    process.stdout.write('\nTokens, and the ids of an organization and a dataset: .local/ckan.json\n')
}

/** The failed step, its error, and the end of its log. */
const explain = (failure: unknown): string => {
  if (failure instanceof StepFailure) return `\n${failure.message} failed. ${explain(failure.cause)}`
  if (failure instanceof LoggedError) return `${failure.message}. The end of ${failure.log}:\n\n${endOf(failure.log)}`
  return failure instanceof Error ? failure.message : String(failure)
}

const endOf = (log: string): string => (readIfThere(log) ?? '').trimEnd().split('\n').slice(-lastLines).join('\n')

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    abortCommands()
    process.exit(1)
  })
}

try {
  await main(process.argv.slice(2))
} catch (failure) {
  abortCommands()
  process.stderr.write(`${explain(failure)}\n${failure instanceof UsageError ? `\n${usage}` : ''}`)
  process.exit(failure instanceof UsageError ? 2 : 1)
}
