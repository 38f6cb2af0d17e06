import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import { readDescription } from './description.ts'

/** The help for an own action, in the form of CKAN's docstrings. `undefined` for any other action. */
export async function helpFor(deps: GatewayDeps, action: string): Promise<string | undefined> {
  const document = (await readDescription(deps)) ?? {}
  const operation = at(document, 'paths', `/api/3/action/${action}`, 'post')
  if (operation['operationId'] !== action) return undefined
  const request = resolve(document, at(operation, 'requestBody', 'content', 'application/json', 'schema'))
  const required = Array.isArray(request['required']) ? request['required'] : []
  const fields = Object.keys(at(request, 'properties')).map((name) => {
    const { description = '', type } = fieldOf(document, at(request, 'properties', name))
    const words = [description, required.includes(name) ? '' : '(optional)'].filter((word) => word !== '').join(' ')
    return `:param ${name}: ${words}\n:type ${name}: ${type}\n`
  })
  const { summary, description } = operation
  const returns = `:returns: ${at(operation, 'responses', '200')['description']}\n:rtype: dictionary\n`
  return [`${summary}.\n`, ...(description === undefined ? [] : [`${description}\n`]), fields.join(''), returns].join(
    '\n',
  )
}

/** JSON Schema's names of types, in Python's words as CKAN uses them. */
const TYPES: Readonly<Record<string, string>> = { array: 'list', object: 'dictionary' }

/**
 * The description and the type of a field, by the first of its alternatives: the others are `null` and texts of a form.
 */
function fieldOf(document: JsonObject, schema: JsonObject): { readonly description?: unknown; readonly type: string } {
  const { description, type, anyOf } = resolve(document, schema)
  if (!Array.isArray(anyOf)) return { description, type: TYPES[String(type)] ?? String(type ?? 'string') }
  const value = fieldOf(document, at(anyOf[0]))
  return { ...value, description: description ?? value.description }
}

function resolve(document: JsonObject, schema: JsonObject): JsonObject {
  const { $ref } = schema
  return typeof $ref === 'string' ? at(document, ...$ref.split('/').slice(1)) : schema
}

/** The object at a path, or an empty one. */
function at(value: unknown, ...path: readonly string[]): JsonObject {
  let found = value
  for (const name of path) found = isObject(found) ? found[name] : undefined
  return isObject(found) ? found : {}
}
