import { readFile, writeFile } from 'node:fs/promises'
import {
  ACTIONS,
  DESCRIBED_DIRECT_ACTIONS,
  DESCRIBED_FILE_ACTIONS,
  describeGateway,
} from '@ckan-uplink/gateway/openapi'

export const DOCUMENT = new URL('../docs/openapi.json', import.meta.url)
export const README = new URL('../README.md', import.meta.url)

const TABLES = { actions: ACTIONS, 'file actions': [...DESCRIBED_FILE_ACTIONS, ...DESCRIBED_DIRECT_ACTIONS] }

/** Writes `docs/openapi.json` and the tables of actions in `README.md`. Tests compare both with the code. */
export async function writeApiDescription(): Promise<void> {
  await writeFile(DOCUMENT, documentText())
  await writeFile(README, withActionTables(await readFile(README, 'utf8')))
}

/** The published API description, with examples. */
export function documentText(): string {
  return `${JSON.stringify(describeGateway(), undefined, 2)}\n`
}

/** The README with a row for each action of the gateway. */
export function withActionTables(readme: string): string {
  return Object.entries(TABLES).reduce((text, [name, actions]) => {
    const table = new RegExp(`(?<=<!-- ${name}: npm run build writes this table -->\\n\\n)(?:\\|.*\\n)*`, 'u')
    const rows = actions.map(
      ({ name, summary, request, answer }) =>
        `| \`${name}\` | ${fieldsOf(request)} → ${requiredOf(answer)} | ${summary} |\n`,
    )
    return text.replace(table, () => ['| action | body → result | use |\n', '|---|---|---|\n', ...rows].join(''))
  }, readme)
}

type Schema = (typeof DESCRIBED_FILE_ACTIONS)[number]['request']

/** `{id, name?, …}`: optional fields have a question mark, and `…` stands for fields of CKAN. */
function fieldsOf({ type, entries }: Schema): string {
  const names = Object.entries(entries).map(([name, entry]) => (entry.type === 'optional' ? `${name}?` : name))
  return listOf(names, type === 'loose_object')
}

/** `{id, state, …}`: the fields of every answer, and `…` for others. Without such fields, all that there are. */
function requiredOf(schema: Schema): string {
  const { type, entries } = schema
  const names = Object.keys(entries).filter((name) => entries[name]?.type !== 'optional')
  if (names.length === 0) return fieldsOf(schema)
  return listOf(names, type === 'loose_object' || names.length < Object.keys(entries).length)
}

function listOf(names: readonly string[], hasMore: boolean): string {
  return `\`{${[...names, ...(hasMore ? ['…'] : [])].join(', ')}}\``
}

if (import.meta.main) await writeApiDescription()
