import { text } from 'node:stream/consumers'
import type { Params } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { isObject, parseJson } from '@ckan-uplink/core/support'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

/** Runs any action of CKAN or the gateway and prints its result as JSON. Returns the number of failures. */
export async function runAction(
  name: string,
  words: readonly string[],
  { uplink, printer, signal }: Work,
): Promise<number> {
  const params = await readParams(words)
  try {
    const result = await uplink.action(name, params, { signal })
    console.log(JSON.stringify(result, null, printer.json ? undefined : 2))
    return 0
  } catch (thrown) {
    printer.failure({ action: name, reason: messageOf(thrown) }, name)
    return 1
  }
}

/**
 * `key=text`, `key:=json`, and `-` for an object on stdin. A key on the command line replaces the one of the object.
 */
async function readParams(words: readonly string[]): Promise<Params> {
  const fromStdin = words.includes('-') ? readObject(await text(process.stdin)) : {}
  const given = new Map<string, unknown>()
  for (const word of words.filter((one) => one !== '-')) {
    const [, key = '', operator, value = ''] = /^([^:=]+)(:?=)(.*)$/su.exec(word) ?? []
    if (operator === undefined)
      throw new UsageError(
        `${JSON.stringify(word)} is no parameter: write key=text, key:=json, or - for JSON on stdin.`,
      )
    if (given.has(key)) throw new UsageError(`${key} is given twice: write a list as ${key}:='["a", "b"]'.`)
    given.set(key, operator === '=' ? value : readJson(key, value))
  }
  return { ...fromStdin, ...Object.fromEntries(given) }
}

function readObject(json: string): Params {
  const value = parseJson(json)
  if (!isObject(value)) throw new UsageError('Stdin does not hold a JSON object.')
  return value
}

function readJson(key: string, json: string): unknown {
  const value = parseJson(json)
  if (value === undefined) throw new UsageError(`The value of ${key} is not JSON: for text write ${key}=text.`)
  return value
}
