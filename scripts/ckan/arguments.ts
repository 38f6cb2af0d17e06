import { parseArgs } from 'node:util'
import { type Instance, instances } from './instances.ts'

export const usage = `Real CKANs for tests, on this machine, without containers.

  npm run ckan -- up      [--version 2.10|2.11|2.12|all]   install missing programs, start, write .local/ckan.json
  npm run ckan -- status  [--version …]                    show the state and the addresses
  npm run ckan -- down    [--version …]                    stop; data and downloads stay in .local/ckan

2.11 is two CKANs: one with xloader and its worker, one with ckanext-files. Without --version: all.
PostgreSQL, Redis and Solr are shared. Logs are in .local/ckan/logs. To start over, run "down" and delete .local/ckan.

Examples
  npm run ckan -- up --version 2.12
  CKAN_URL=http://127.0.0.1:15212 CKAN_API_TOKEN=<tokens.admin in .local/ckan.json> npm start
  npm run ckan -- down

Exit codes: 0 done, 1 a step failed, 2 the command was not understood.
`

/** An invalid command line. The message gives the reason. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const commands = ['up', 'down', 'status', 'help'] as const

interface Arguments {
  readonly command: (typeof commands)[number]
  readonly chosen: readonly Instance[]
}

/** Parses the command line. @throws UsageError */
export const readArguments = (words: readonly string[]): Arguments => {
  const { values, positionals } = parse(words)
  const command = values.help ? 'help' : commands.find((one) => one === positionals[0])
  if (!command || positionals.length > 1)
    throw new UsageError(`What to do? "${positionals.join(' ')}" is none of up, down, status.`)
  const chosen = instances.filter((instance) => values.version === 'all' || values.version === instance.version)
  if (chosen.length === 0)
    throw new UsageError(`There is no version "${values.version}": take 2.10, 2.11, 2.12 or all.`)
  return { command, chosen }
}

const parse = (words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { version: { type: 'string', default: 'all' }, help: { type: 'boolean', short: 'h', default: false } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
