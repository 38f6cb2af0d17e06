import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../infra/environment.ts'
import { ownFile } from '../../infra/own-environments.ts'

const HEADER = `import type { Environments } from './infra/environment.ts'

/** The environments of this installation. Git ignores this file: keep it where you keep your configuration. */
export const environments: Environments = {
}
`

/** Adds the entry to the operator's own file, and makes the file if there is none. Returns the file's path. */
export async function addEntry(name: string, entry: Environment): Promise<string> {
  const file = ownFile()
  const path = relative(process.cwd(), fileURLToPath(file))
  const text = existsSync(file) ? await readFile(file, 'utf8') : headerFor(path)
  const end = text.lastIndexOf('\n}')
  if (end < 0) throw new Error(`${path} does not end with the entries: add the entry by hand.\n${toText(name, entry)}`)
  await writeFile(file, `${text.slice(0, end)}\n${toText(name, entry)}${text.slice(end)}`)
  return path
}

/** A file outside of the checkout does not know the path of the type. */
function headerFor(path: string): string {
  return path === 'environments.local.ts' ? HEADER : HEADER.replace(/^import.*\n\n/u, '').replace(': Environments', '')
}

function toText(name: string, entry: Environment): string {
  return `  ${toLiteral({ [name]: entry }, '  ')
    .slice(1, -1)
    .trim()}`
}

/** The value as a person types it in TypeScript. */
function toLiteral(value: unknown, indent: string): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map((item) => toLiteral(item, indent)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([field, item]) => {
    const key = /^[a-z]\w*$/iu.test(field) ? field : `'${field}'`
    return `${indent}${key}: ${toLiteral(item, `${indent}  `)},`
  })
  return `{\n${fields.join('\n')}\n${indent.slice(2)}}`
}
